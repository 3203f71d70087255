import Foundation

/// What cosines mean, measured on a store's own examples, each left out in turn: `fit_similarity` of the reference.
enum SimilarityFit {
    static let fewestRows = 10
    static let coverage = 0.9
    static let mostRows = 1_000
    private static let leastStep = 1e-10

    /// Cosines of texts with their label, without it, their own, and of all labels.
    private struct LeftOut {
        var inside: [Double] = []
        var outside: [Double] = []
        var own: [Double] = []
        var others: [[Double]] = []
    }

    /// Examples by their prototypes.
    private struct Groups {
        var sums: [[Double]] = []
        var counts: [Int] = []
        var owners: [Int] = []
    }

    /// nil where examples are too few, or similar texts are no likelier to share a label.
    static func of(_ memory: inout Memory) -> Similarity? {
        let (units, ids, groups) = grouped(&memory)
        let asked = groups.counts.filter { $0 > 1 }.reduce(0, +)
        guard Set(groups.owners).count >= 2, asked >= fewestRows else { return nil }
        let pairs = groups.counts.reduce(0) { $0 + $1 * ($1 - 1) }
        let squares = groups.sums.reduce(0) { $0 + Prototypes.dot($1, $1) }
        let agreement = (squares - Double(units.count)) / Double(pairs)
        guard agreement > leastStep, agreement <= 1 else { return nil }
        let found = leftOut(units, ids, groups, agreement)
        guard mean(found.inside) - mean(found.outside) > 1e-6 else { return nil }
        let (scale, offset) = Platt.fit(inside: found.inside, outside: found.outside)
        guard scale > leastStep, scale <= Similarity.most, abs(offset) <= Similarity.most else { return nil }
        let border = min(border(found.inside, found.outside), quantile(found.inside, 1 - coverage))
        return Similarity(
            dimension: memory.header.dimension, agreement: rounded(agreement), scale: rounded(scale),
            offset: rounded(offset), sharpness: rounded(sharpness(found.own, found.others)),
            threshold: min(rounded(Scores.sigmoid(scale * border + offset)), 1 - 1e-6))
    }

    private static func grouped(_ memory: inout Memory) -> ([[Double]], [Int], Groups) {
        var groups = Groups()
        var groupOf: [Int: Int] = [:]
        for label in memory.usedLabels {
            for members in memory.prototypes(of: label).members {
                for member in members { groupOf[member] = groups.counts.count }
                groups.counts.append(members.count)
                groups.owners.append(label)
            }
        }
        let rows = memory.alive
        let units = rows.map { row in
            Similarity.cut(memory.rows[row].vector, to: memory.header.dimension).map(Double.init)
        }
        let ids = rows.map { groupOf[$0] ?? 0 }
        groups.sums = groups.counts.indices.map { group in
            Prototypes.sum(zip(units, ids).filter { $0.1 == group }.map(\.0))
        }
        return (units, ids, groups)
    }

    private static func leftOut(_ units: [[Double]], _ ids: [Int], _ groups: Groups, _ agreement: Double) -> LeftOut {
        let means = groups.sums.map(Prototypes.unit)
        let step = max(1, (units.count + mostRows - 1) / mostRows)
        var found = LeftOut()
        for row in stride(from: 0, to: units.count, by: step) {
            let truth = ids[row]
            var cosines = means.indices.map {
                Similarity.steadied(
                    Prototypes.dot(units[row], means[$0]), count: Double(groups.counts[$0]), agreement: agreement)
            }
            let rest = zip(groups.sums[truth], units[row]).map { $0 - $1 }
            let own = Similarity.steadied(
                Prototypes.dot(units[row], Prototypes.unit(rest)), count: Double(groups.counts[truth] - 1),
                agreement: agreement)
            let isKnown = groups.counts[truth] > 1
            cosines[truth] = isKnown ? own : -.infinity
            let strangers = cosines.indices.filter { groups.owners[$0] != groups.owners[truth] }
            found.outside.append(strangers.map { cosines[$0] }.max() ?? -.infinity)
            guard isKnown else { continue }
            found.inside.append(cosines.max() ?? -.infinity)
            found.own.append(own)
            found.others.append(cosines)
        }
        return found
    }

    /// Between two cosines that occur: where most insiders are kept and outsiders refused, of equals the lowest.
    private static func border(_ inside: [Double], _ outside: [Double]) -> Double {
        let values = Set(inside + outside).sorted()
        func below(_ group: [Double], _ value: Double) -> Double {
            Double(group.filter { $0 < value }.count) / Double(group.count)
        }
        let scores = values.map { 1 - below(inside, $0) + below(outside, $0) }
        let best = scores.placeOfGreatest ?? 0
        return best == 0 ? values[0] : (values[best - 1] + values[best]) / 2
    }

    /// The factor whose softmax gives the true labels the highest likelihood, by golden section on its logarithm.
    private static func sharpness(_ own: [Double], _ scores: [[Double]]) -> Double {
        func loss(_ power: Double) -> Double {
            let factor = exp(power)
            let terms = zip(own, scores).map { truth, row -> Double in
                let top = (row.max() ?? 0) * factor
                return log(row.reduce(0) { $0 + exp(factor * $1 - top) }) + top - factor * truth
            }
            return mean(terms)
        }
        var (low, high) = (0.0, log(1e3))
        let ratio = (5.0.squareRoot() - 1) / 2
        while high - low > 1e-4 {
            let (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
            if loss(left) <= loss(right) { high = right } else { low = left }
        }
        return exp((low + high) / 2)
    }

    private static func quantile(_ values: [Double], _ share: Double) -> Double {
        Statistics.percentile(values.sorted(), share)
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    private static func rounded(_ value: Double) -> Double { (value * 1e6).rounded(.toNearestOrEven) / 1e6 }
}

/// Scale and offset of a sigmoid that tells two groups apart (Platt 1999), by Newton's method; both weigh the same.
enum Platt {
    static func fit(inside: [Double], outside: [Double]) -> (Double, Double) {
        let x = inside + outside
        let (many, few) = (Double(inside.count), Double(outside.count))
        let targets = inside.map { _ in (many + 1) / (many + 2) } + outside.map { _ in 1 / (few + 2) }
        let weights = inside.map { _ in 0.5 / many } + outside.map { _ in 0.5 / few }
        func loss(_ scale: Double, _ offset: Double) -> Double {
            x.indices.reduce(0) { sum, at in
                let z = scale * x[at] + offset
                return sum + weights[at] * (max(z, 0) + log1p(exp(-abs(z))) - targets[at] * z)
            }
        }
        var (scale, offset) = (0.0, 0.0)
        var before = loss(scale, offset)
        for _ in 0..<100 {
            let step = newton(x, targets, weights, scale, offset)
            var share = 1.0
            var new = loss(scale - share * step.0, offset - share * step.1)
            while new > before && share > 1e-10 {
                share /= 2
                new = loss(scale - share * step.0, offset - share * step.1)
            }
            (scale, offset, before) = (scale - share * step.0, offset - share * step.1, new)
            if max(abs(share * step.0), abs(share * step.1)) < 1e-10 { break }
        }
        return (scale, offset)
    }

    private static func newton(
        _ x: [Double], _ targets: [Double], _ weights: [Double], _ scale: Double, _ offset: Double
    ) -> (Double, Double) {
        var (down, flat) = (0.0, 0.0)
        var (a, b, c) = (1e-9, 0.0, 1e-9)
        for at in x.indices {
            let p = Scores.sigmoid(scale * x[at] + offset)
            let (slope, bend) = (weights[at] * (p - targets[at]), weights[at] * p * (1 - p))
            down += slope * x[at]
            flat += slope
            a += bend * x[at] * x[at]
            b += bend * x[at]
            c += bend
        }
        let determinant = a * c - b * b
        return ((c * down - b * flat) / determinant, (a * flat - b * down) / determinant)
    }
}
