import Foundation

/// Probabilities from logits, in double precision.
public enum Scores {
    public static func softmax(_ logits: [Float]) -> [Double] { softmax(logits.map(Double.init)) }

    public static func softmax(_ logits: [Double]) -> [Double] {
        let highest = logits.max() ?? 0
        let powers = logits.map { exp($0 - highest) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
    }

    /// Without overflow; at least 0.5 where the logit is at least 0.
    public static func sigmoid(_ logit: Double) -> Double {
        let power = exp(-abs(logit))
        return (logit >= 0 ? 1 : power) / (1 + power)
    }

    /// How surely a text has any of the labels: softmax with one more, "none of these", whose logit is 0.
    public static func inScope(_ logits: [Float]) -> Double {
        let exact = logits.map(Double.init)
        let highest = max(exact.max() ?? 0, 0)
        let known = exact.map { exp($0 - highest) }.reduce(0, +)
        return known / (known + exp(-highest))
    }

    /// Places of the best scores, of equals the earlier first.
    public static func ranked(_ scores: [Double]) -> [Int] {
        scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    }
}

extension Array where Element: Comparable {
    /// Place of the greatest, of equals the first.
    var placeOfGreatest: Int? { indices.max { (self[$0], $1) < (self[$1], $0) } }
}
