/// What a file says of the spans that it finds.
public struct SpanFacts: Equatable, Sendable {
    public let types: [String]
    /// A span whose score is below its type's is not given.
    public let thresholds: [Double]

    init?(json: JSON) {
        guard let types = json["types"]?.strings, let thresholds = json["thresholds"]?.array?.compactMap(\.double),
            !types.isEmpty, thresholds.count == types.count, thresholds.allSatisfy({ (0...1).contains($0) })
        else { return nil }
        self.types = types
        self.thresholds = thresholds
    }
}

/// Words of a text that are of a type.
public struct WordSpan: Equatable, Sendable {
    public let first: Int
    public let behind: Int
    public let type: Int
    /// The smallest probability of its words' tags.
    public let score: Double
}

/// From logits of words' tags to spans, docs/spans.md: the tags with the greatest sum among those that can stand
/// together, where inside of a type follows only that type's beginning or inside; of equal sums the lowest tag.
public enum SpanDecoder {
    /// Args: tags, word after word, 1 + 2 * types each; thresholds, of each type, or none.
    public static func spans(tags: [Float], words: Int, types: Int, thresholds: [Double] = []) -> [WordSpan] {
        let width = 1 + 2 * types
        let logits = tags.prefix(words * width).map(readable)
        let (best, starts) = forward(logits, words: words, width: width)
        var found: [WordSpan] = []
        var word = words - 1
        while word >= 0 {
            guard best[word] > 0 else {
                word -= 1
                continue
            }
            let type = (best[word] - 1) / 2
            let score = smallest(logits, from: starts[word], behind: word + 1, type: type, width: width)
            if thresholds.isEmpty || score >= thresholds[type] {
                found.append(WordSpan(first: starts[word], behind: word + 1, type: type, score: score))
            }
            word = starts[word] - 1
        }
        return found.reversed()
    }

    /// NaN is read as the least number, infinities as the least and the greatest.
    private static func readable(_ logit: Float) -> Double {
        let most = Double(Float.greatestFiniteMagnitude)
        return logit.isNaN ? -most : min(max(Double(logit), -most), most)
    }

    /// Of each word the best tag that tags can end with there, and the first word of its span.
    private static func forward(_ logits: [Double], words: Int, width: Int) -> ([Int], [Int]) {
        var best = [Int](repeating: 0, count: words)
        var starts = Array(0..<words)
        var sums = [Double](repeating: 0, count: width)
        var begun = [Int](repeating: 0, count: width / 2)
        for word in 0..<words {
            var before = [Double](repeating: word == 0 ? 0 : sums[best[word - 1]], count: width)
            for type in 0..<width / 2 {
                let (begin, inside) = (1 + 2 * type, 2 + 2 * type)
                guard word > 0 else {
                    before[inside] = -.infinity
                    continue
                }
                let keeps = sums[inside] > sums[begin]
                before[inside] = keeps ? sums[inside] : sums[begin]
                if !keeps { begun[type] = word - 1 }
            }
            sums = before.indices.map { before[$0] + logits[word * width + $0] }
            best[word] = sums.placeOfGreatest ?? 0
            if best[word] > 0 && best[word] % 2 == 0 { starts[word] = begun[best[word] / 2 - 1] }
        }
        return (best, starts)
    }

    private static func smallest(_ logits: [Double], from first: Int, behind: Int, type: Int, width: Int) -> Double {
        (first..<behind).map { word in
            let chances = Scores.softmax(Array(logits[word * width..<(word + 1) * width]))
            return chances[1 + 2 * type + (word > first ? 1 : 0)]
        }.min() ?? 0
    }
}
