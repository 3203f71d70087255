import Foundation

/// What a store's records come to: the examples that are there, their labels, strengths and prototypes.
struct Memory {
    /// A stored example; one that is gone keeps its row.
    struct Row {
        let id: Int
        var label: Int
        var isAlive = true
        let vector: [Float]
        var strength: Double
        var clock: Int
        var text: [UInt8]
    }

    private(set) var header: StoreHeader
    /// Of the labels that are there, by number, in order of their numbers.
    private(set) var names: [(number: Int, name: String)]
    private(set) var clock: Int
    private(set) var nextID: Int
    private(set) var nextLabel: Int
    private(set) var rows: [Row] = []
    private(set) var corrections: [(id: Int, answered: Int)] = []
    /// A fit that is still about these examples.
    private(set) var isFitted = false
    private var places: [Int: Int] = [:]
    /// Of each vector that is there, as it is stored, the ids of its examples, the older first.
    private var alike: [[UInt16]: [Int]] = [:]
    private var lastID = 0
    private var prototypes: [Int: Prototypes] = [:]
    private var measured: Similarity??

    init(_ header: StoreHeader) {
        self.header = header
        names = header.labels.enumerated().map { ($0, $1) }
        clock = header.clock
        nextID = header.nextID
        nextLabel = header.labels.count
    }

    /// How many examples are there.
    var count: Int { places.count }
    var alive: [Int] { rows.indices.filter { rows[$0].isAlive } }

    func number(of name: String) -> Int? { names.first { Array($0.name.utf8) == Array(name.utf8) }?.number }
    func name(of number: Int) -> String? { names.first { $0.number == number }?.name }
    func row(of id: Int) -> Int? { places[id] }

    func strength(at row: Int) -> Double {
        let since = Double(max(0, clock - rows[row].clock))
        return rows[row].strength * exp2(-since / Double(header.settings.halfLife))
    }

    /// Ids of the examples that have exactly this vector, the older first.
    func same(as vector: [Float]) -> [Int] {
        alike[vector.map(Half.bits)] ?? []
    }

    mutating func prototypes(of label: Int) -> Prototypes {
        if let found = prototypes[label] { return found }
        var found = Prototypes(header.settings)
        for row in alive where rows[row].label == label { found.observe(row, self) }
        prototypes[label] = found
        return found
    }

    /// Numbers of the labels that have examples, in order.
    var usedLabels: [Int] { Set(alive.map { rows[$0].label }).sorted() }

    /// What cosines mean: as the encoder's metadata says, else measured on the store's own examples.
    mutating func similarity() -> Similarity? {
        if let brought = header.similarity, !header.ownFirst { return brought }
        if measured == nil { measured = .some(SimilarityFit.of(&self)) }
        return (measured ?? nil) ?? header.similarity
    }

    mutating func apply(_ record: Record) throws {
        switch record {
        case .label(let number, let name):
            guard number == nextLabel, self.number(of: name) == nil else {
                throw MalformedError(what: "a label that is there already, or whose number is not the next")
            }
            names.append((number, name))
            nextLabel += 1
            return
        case .example(let item): try remember(item)
        case .removal(let id): try remove(id)
        case .relabel(let id, let label): try move(id, to: label)
        case .use(let rewards): try use(rewards)
        case .merge(let source, let into): try merge(source, into)
        case .forget(let label): try forget(label)
        case .weights(let labels):
            guard Set(labels) == Set(usedLabels) else {
                throw MalformedError(what: "weights of other labels than those that have examples")
            }
            isFitted = true
        case .correction(let id, let answered):
            _ = try place(of: id)
            corrections.append((id, answered))
        }
        measured = nil
    }

    private mutating func remember(_ item: Record.Example) throws {
        try check(item.label)
        guard item.id > lastID else { throw MalformedError(what: "an example whose id is not above those before it") }
        guard rows.count < Record.mostExamples else { throw MalformedError(what: "too many examples") }
        places[item.id] = rows.count
        alike[item.vector.map(Half.bits), default: []].append(item.id)
        rows.append(
            Row(
                id: item.id, label: item.label, vector: item.vector, strength: Double(item.strength),
                clock: item.clock, text: item.text))
        lastID = item.id
        nextID = max(nextID, item.id + 1)
        clock = max(clock, item.clock)
        isFitted = false
        // Taken out first, so that it is not copied.
        if var own = prototypes.removeValue(forKey: item.label) {
            own.observe(rows.count - 1, self)
            prototypes[item.label] = own
        }
    }

    private mutating func remove(_ id: Int) throws {
        clock += 1
        drop(try place(of: id))
    }

    private mutating func drop(_ row: Int) {
        let id = rows[row].id
        let bits = rows[row].vector.map(Half.bits)
        let others = alike[bits]?.filter { $0 != id } ?? []
        alike[bits] = others.isEmpty ? nil : others
        places[id] = nil
        rows[row].isAlive = false
        rows[row].text = []
        corrections.removeAll { $0.id == id }
        changed(rows[row].label)
    }

    private mutating func move(_ id: Int, to label: Int) throws {
        clock += 1
        let row = try place(of: id)
        try check(label)
        changed(rows[row].label, label)
        rows[row].label = label
    }

    private mutating func use(_ rewards: [Record.Reward]) throws {
        clock += 1
        for item in rewards {
            let row = try place(of: item.id)
            let before = strength(at: row)
            let goal = item.reward > 0 ? 1.0 : 0
            rows[row].strength = before + header.settings.learning * abs(Double(item.reward)) * (goal - before)
            rows[row].clock = clock
        }
    }

    private mutating func merge(_ source: Int, _ into: Int) throws {
        clock += 1
        try check(source)
        try check(into)
        guard source != into else { throw MalformedError(what: "a label that is merged with itself") }
        for row in rows.indices where rows[row].label == source { rows[row].label = into }
        changed(source, into)
        names.removeAll { $0.number == source }
    }

    private mutating func forget(_ label: Int) throws {
        clock += 1
        try check(label)
        for row in alive where rows[row].label == label { drop(row) }
        changed(label)
        names.removeAll { $0.number == label }
    }

    private mutating func changed(_ labels: Int...) {
        for label in labels { prototypes[label] = nil }
        isFitted = false
    }

    private func check(_ label: Int) throws {
        guard name(of: label) != nil else {
            throw MalformedError(what: "the label number \(label), which is not there")
        }
    }

    private func place(of id: Int) throws -> Int {
        guard let row = places[id] else { throw MalformedError(what: "the example \(id), which is not there") }
        return row
    }
}

extension Memory {
    /// A header and records that come to the same, without what is gone.
    func compacted() -> (StoreHeader, [Record]) {
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1.number, $0) })
        var head = header
        head.labels = names.map(\.name)
        head.clock = min(clock, Int(UInt32.max))
        head.nextID = nextID
        let examples = alive.map { row in
            Record.example(
                Record.Example(
                    id: rows[row].id, label: numbers[rows[row].label] ?? 0,
                    clock: min(rows[row].clock, Int(UInt32.max)),
                    strength: Float(rows[row].strength), vector: rows[row].vector, text: rows[row].text))
        }
        let kept = corrections.map { Record.correction(id: $0.id, answered: numbers[$0.answered] ?? Record.noLabel) }
        return (head, examples + kept)
    }
}
