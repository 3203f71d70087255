/// Prototypes of a label: running means of its examples, several where its examples lie in several places;
/// docs/learning.md, "The same on every platform".
struct Prototypes {
    private static let rounds = 10
    private static let smallest = 1e-12

    private let settings: LearningSettings
    /// Not of length 1.
    private(set) var means: [[Double]] = []
    /// Of each, its examples' rows.
    private(set) var members: [[Int]] = []

    init(_ settings: LearningSettings) {
        self.settings = settings
    }

    /// Of how many examples each is the mean; an average that forgets has at most 1 / rate.
    var counts: [Double] {
        let most = settings.rate == 0 ? Double.infinity : 1 / settings.rate
        return members.map { min(Double($0.count), most) }
    }

    static func unit(_ vector: [Double]) -> [Double] {
        let length = dot(vector, vector).squareRoot()
        return vector.map { $0 / max(length, smallest) }
    }

    static func dot(_ one: [Double], _ other: [Double]) -> Double {
        zip(one, other).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// Takes one more example.
    mutating func observe(_ row: Int, _ memory: Memory) {
        let vector = Prototypes.vector(row, memory)
        guard !means.isEmpty else {
            add([row], vector)
            return
        }
        let near = nearest(vector)
        members[near].append(row)
        let count = members[near].count
        let share = max(1 / Double(count), settings.rate)
        means[near] = zip(means[near], vector).map { $0 + share * ($1 - $0) }
        if Prototypes.isMoment(count, settings.splitFrom) { look(near, memory) }
    }

    private func nearest(_ vector: [Double]) -> Int {
        means.map { Prototypes.dot(Prototypes.unit($0), vector) }.placeOfGreatest ?? 0
    }

    private mutating func add(_ rows: [Int], _ mean: [Double]) {
        members.append(rows)
        means.append(mean)
    }

    private mutating func take(_ place: Int) -> [Int] {
        means.remove(at: place)
        return members.remove(at: place)
    }

    /// Splits, joins and drops, in this order, once each.
    private mutating func look(_ place: Int, _ memory: Memory) {
        if let (left, right, gain) = Prototypes.twoMeans(members[place], memory), gain >= settings.splitGain {
            _ = take(place)
            for rows in [left, right] { add(rows, Prototypes.mean(rows, memory)) }
        }
        if means.count > 1 { join(memory) }
        if means.count > settings.mostPrototypes { drop(memory) }
    }

    private mutating func join(_ memory: Memory) {
        let units = means.map(Prototypes.unit)
        let pairs = units.indices.flatMap { first in (first + 1..<units.count).map { (first, $0) } }
        let cosines = pairs.map { Prototypes.dot(units[$0.0], units[$0.1]) }
        guard let best = cosines.placeOfGreatest else { return }
        let (first, second) = pairs[best]
        guard Prototypes.gain(members[first], members[second], memory) < settings.joinGain else { return }
        let rows = (take(second) + take(first)).sorted()
        add(rows, Prototypes.mean(rows, memory))
    }

    /// The one with the fewest examples goes; they move to the nearest others.
    private mutating func drop(_ memory: Memory) {
        let rows = take(members.map { -$0.count }.placeOfGreatest ?? 0)
        let moved = rows.map { nearest(Prototypes.vector($0, memory)) }
        for (row, near) in zip(rows, moved) { members[near].append(row) }
        for near in Set(moved) {
            members[near].sort()
            means[near] = Prototypes.mean(members[near], memory)
        }
    }

    /// Two groups of examples, each in order, and the share of the spread that this takes away; nil if one is empty.
    private static func twoMeans(_ rows: [Int], _ memory: Memory) -> ([Int], [Int], Double)? {
        let own = rows.map { vector($0, memory) }
        let total = sum(own)
        guard let first = own.map({ -dot($0, total) }).placeOfGreatest,
            let second = own.map({ -dot($0, own[first]) }).placeOfGreatest
        else { return nil }
        func sides(_ one: [Double], _ other: [Double]) -> [Bool] { own.map { dot($0, one) > dot($0, other) } }
        func isSplit(_ side: [Bool]) -> Bool { side.contains(true) && side.contains(false) }
        var side = sides(own[first], own[second])
        for _ in 0..<rounds {
            guard isSplit(side) else { return nil }
            let means = [true, false].map { wanted in
                unit(sum(zip(own, side).filter { $0.1 == wanted }.map(\.0)))
            }
            let moved = sides(means[0], means[1])
            if moved == side { break }
            side = moved
        }
        guard isSplit(side) else { return nil }
        let left = zip(rows, side).filter(\.1).map(\.0)
        let right = zip(rows, side).filter { !$0.1 }.map(\.0)
        return (left, right, gain(left, right, memory))
    }

    /// The share of the spread of both that is gone when each has its own mean; 0 where there is no spread.
    private static func gain(_ left: [Int], _ right: [Int], _ memory: Memory) -> Double {
        let whole = spread(left + right, memory)
        guard whole > smallest * Double(left.count + right.count) else { return 0 }
        return 1 - (spread(left, memory) + spread(right, memory)) / whole
    }

    private static func spread(_ rows: [Int], _ memory: Memory) -> Double {
        let total = sum(rows.map { vector($0, memory) })
        return Double(rows.count) - dot(total, total).squareRoot()
    }

    private static func mean(_ rows: [Int], _ memory: Memory) -> [Double] {
        sum(rows.map { vector($0, memory) }).map { $0 / Double(rows.count) }
    }

    static func sum(_ vectors: [[Double]]) -> [Double] {
        guard var total = vectors.first else { return [] }
        for vector in vectors.dropFirst() {
            for place in total.indices { total[place] += vector[place] }
        }
        return total
    }

    private static func vector(_ row: Int, _ memory: Memory) -> [Double] { memory.rows[row].vector.map(Double.init) }

    /// Whether it is `first` times a power of two.
    private static func isMoment(_ count: Int, _ first: Int) -> Bool {
        let (times, rest) = count.quotientAndRemainder(dividingBy: first)
        return rest == 0 && times > 0 && times & (times - 1) == 0
    }
}
