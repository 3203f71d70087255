/// A stored example near a text.
public struct Evidence: Equatable, Sendable, Identifiable {
    public let id: Int
    public let label: String
    /// nil in a store without texts.
    public let text: String?
    public let cosine: Double
    /// From 0 to 1, what uses have made of it.
    public let strength: Double
}

/// An answer of what was learned, alone or beside an artifact's own labels; both sides stand in it, whichever won.
public struct Learned: Equatable, Sendable {
    public enum Source: String, Sendable {
        case learned, trained
    }

    /// What one side alone says.
    public struct Side: Equatable, Sendable {
        public let label: String
        public let score: Double?
        public let inScope: Double?
    }

    public let label: String
    /// Its probability; nil where nothing says how sure to be.
    public let score: Double?
    public let inScope: Double?
    /// Better not act on the label; nil where there is no threshold to tell.
    public let abstained: Bool?
    public let source: Source
    public let learned: Side?
    public let trained: Side?
    /// The nearest first.
    public let evidence: [Evidence]
}

/// The trained side of a classifier.
struct Trained {
    let labels: [String]
    let logits: [Float]
    let threshold: Double?
}

/// P(y) = g P_learned(y) + (1 - g) P_trained(y), g how likely the text belongs to what was learned.
struct Combination {
    let scored: Scored?
    let names: [Int: String]
    let trained: Trained?
    /// Of the stored examples' scope score; nil where nobody knows what cosines mean.
    let threshold: Double?
    /// The label of a stored example that is exactly this text.
    let known: String?
    let evidence: [Evidence]

    /// nil where neither side is there.
    var answer: Learned? {
        switch (scored, trained) {
        case (nil, nil): return nil
        case (.some(let scored), nil): return of(learnedSide(scored), .learned, refuses(scored.inScope, threshold))
        case (nil, .some(let trained)):
            let side = trainedSide(trained)
            return of(side, .trained, refuses(side.inScope, trained.threshold))
        case (.some(let scored), .some(let trained)): return both(scored, trained)
        }
    }

    private func of(_ side: Learned.Side, _ source: Learned.Source, _ abstained: Bool?) -> Learned {
        Learned(
            label: side.label, score: side.score, inScope: side.inScope, abstained: abstained, source: source,
            learned: source == .learned ? side : nil, trained: source == .trained ? side : nil, evidence: evidence)
    }

    private func both(_ scored: Scored, _ trained: Trained) -> Learned {
        let (gate, learned) = self.gate(scored)
        var labels = learned.map(\.0)
        var shares = learned.map { (gate * $0.1, 0.0) }
        for (name, chance) in zip(trained.labels, Scores.softmax(trained.logits)) {
            if let place = labels.firstIndex(where: { Array($0.utf8) == Array(name.utf8) }) {
                shares[place].1 = (1 - gate) * chance
            } else {
                labels.append(name)
                shares.append((0, (1 - gate) * chance))
            }
        }
        let best = shares.map { $0.0 + $0.1 }.placeOfGreatest ?? 0
        let side = trainedSide(trained)
        let scope = side.inScope ?? 0
        let learnedRefuses = known == nil && threshold == nil ? nil : gate < threshold ?? 0
        return Learned(
            label: labels[best], score: shares[best].0 + shares[best].1, inScope: gate + (1 - gate) * scope,
            abstained: Combination.refusedByBoth(learnedRefuses, refuses(scope, trained.threshold)),
            source: shares[best].0 > shares[best].1 ? .learned : .trained, learned: learnedSide(scored),
            trained: side, evidence: evidence)
    }

    /// How much the learned side counts, and its labels' probabilities. Where nobody knows what cosines mean, only a
    /// stored text itself is surely one that was learned.
    private func gate(_ scored: Scored) -> (Double, [(String, Double)]) {
        guard let inScope = scored.inScope, let chances = scored.probabilities else {
            return known.map { (1, [($0, 1)]) } ?? (0, [])
        }
        return (inScope, zip(scored.labels, chances).map { (names[$0] ?? "", $1) })
    }

    private func learnedSide(_ scored: Scored) -> Learned.Side {
        let best = scored.best
        return Learned.Side(
            label: names[scored.labels[best]] ?? "", score: scored.probabilities?[best], inScope: scored.inScope)
    }

    private func trainedSide(_ trained: Trained) -> Learned.Side {
        let chances = Scores.softmax(trained.logits)
        let best = chances.placeOfGreatest ?? 0
        return Learned.Side(label: trained.labels[best], score: chances[best], inScope: Scores.inScope(trained.logits))
    }

    private func refuses(_ score: Double?, _ threshold: Double?) -> Bool? {
        score.flatMap { score in threshold.map { score < $0 } }
    }

    /// Refused only by both; not refused by one that accepts; else unknown.
    private static func refusedByBoth(_ first: Bool?, _ second: Bool?) -> Bool? {
        if first == false || second == false { return false }
        return first == true && second == true ? true : nil
    }
}
