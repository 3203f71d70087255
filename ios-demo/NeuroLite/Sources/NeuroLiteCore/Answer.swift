/// A label and its probability: of softmax, or of several labels a text of the sigmoid of its logit.
public struct LabelScore: Equatable, Sendable {
    public let label: String
    public let score: Double

    public init(label: String, score: Double) {
        self.label = label
        self.score = score
    }
}

/// What a model says of a text.
public struct Answer: Equatable, Sendable {
    static let severalThreshold = 0.5
    /// No text whose highest logit is below this has an answer, in files with rules: rules abstain, or forbid all.
    static let refusal: Float = -50

    public let task: ModelTask
    /// The best labels, best first, whether the text is given them or not.
    public let best: [LabelScore]
    /// Of a model of several labels a text, those that it is given, maybe none; of others none.
    public let labels: [LabelScore]
    /// How surely the text has any of the labels; nil but in classification.
    public let inScope: Double?
    /// Better not act on the label; nil where the model was given no threshold and cannot say.
    public let abstained: Bool?
    public let rules: [FiredRule]
    public let spans: [Span]
    public let words: Int
    public let isTruncated: Bool

    /// Args: text as it was given; outputs of it, cut; top, how many of the best labels.
    public init(text: [UInt8], outputs: Outputs, metadata: Metadata, isTruncated: Bool, top: Int = 1) {
        task = metadata.task
        let several = task == .multiLabel
        let isLabelled = task == .classification || several
        let scores = several ? outputs.logits.map { Scores.sigmoid(Double($0)) } : Scores.softmax(outputs.logits)
        let ranked = Scores.ranked(scores).map { LabelScore(label: metadata.labels[$0], score: scores[$0]) }
        best = isLabelled ? Array(ranked.prefix(top)) : []
        let limit = metadata.threshold ?? Answer.severalThreshold
        labels = several ? ranked.filter { $0.score >= limit } : []
        let scope = task == .classification ? Scores.inScope(outputs.logits) : nil
        inScope = scope
        let refusedByRules = !metadata.rules.isEmpty && (outputs.logits.max() ?? 0) < Answer.refusal
        let below = metadata.threshold.flatMap { threshold in scope.map { $0 < threshold } }
        abstained = task == .classification && refusedByRules ? true : below
        rules = outputs.rules.isEmpty ? [] : FiredRule.of(metadata.rules, fired: outputs.rules, several: several)
        spans = Answer.spans(text, outputs, metadata.spans)
        words = outputs.words
        self.isTruncated = isTruncated || outputs.words > metadata.maxWords
    }

    /// The label to show and to act on; nil where the model abstains.
    public var label: String? { abstained == true ? nil : best.first?.label }

    private static func spans(_ text: [UInt8], _ outputs: Outputs, _ facts: SpanFacts?) -> [Span] {
        guard let facts else { return [] }
        let words = min(outputs.words, outputs.offsets.count)
        let found = SpanDecoder.spans(
            tags: outputs.tags, words: words, types: facts.types.count, thresholds: facts.thresholds)
        guard !found.isEmpty else { return [] }
        let places = CharacterPlaces(text)
        return found.map { span in
            let bytes = outputs.offsets[span.first].lowerBound..<outputs.offsets[span.behind - 1].upperBound
            let characters = places.characters(of: bytes)
            return Span(
                type: facts.types[span.type], bytes: bytes, characters: characters, text: places.text(characters),
                score: span.score)
        }
    }
}

/// Texts to answers, by a model of any runtime.
public struct Reader: Sendable {
    public let model: any Model

    public init(_ model: any Model) {
        self.model = model
    }

    public func answer(_ text: String, state: ModelState? = nil, top: Int = 3) async throws -> Answer {
        try await answer(Bytes.of(text), state: state, top: top).0
    }

    /// The answer, and what it was made of.
    public func answer(_ text: [UInt8], state: ModelState? = nil, top: Int = 1) async throws -> (Answer, Outputs) {
        let cut = Cut(text, limit: model.metadata.maxBytes)
        let outputs = try await model.run(cut.bytes, state: state)
        let answer = Answer(
            text: text, outputs: outputs, metadata: model.metadata, isTruncated: cut.isTruncated, top: top)
        return (answer, outputs)
    }
}
