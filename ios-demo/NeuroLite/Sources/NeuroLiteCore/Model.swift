/// What a runtime gives for one text.
public struct Outputs: Equatable, Sendable {
    /// Found in the bytes that were read; those beyond the model's limit were not looked at.
    public var words: Int
    public var logits: [Float]
    public var embedding: [Float]
    /// Which of the file's rules fired.
    public var rules: [Bool]
    /// Of each word that was read, word after word, the logits of its tags.
    public var tags: [Float]
    /// Where these words stand in the bytes.
    public var offsets: [Range<Int>]
    public var experts: [Int]
    /// What is remembered behind this text; nil of a model that keeps nothing.
    public var state: ModelState?

    public init(
        words: Int, logits: [Float] = [], embedding: [Float] = [], rules: [Bool] = [], tags: [Float] = [],
        offsets: [Range<Int>] = [], experts: [Int] = [], state: ModelState? = nil
    ) {
        self.words = words
        self.logits = logits
        self.embedding = embedding
        self.rules = rules
        self.tags = tags
        self.offsets = offsets
        self.experts = experts
        self.state = state
    }
}

/// An open model of any runtime.
public protocol Model: Sendable {
    var metadata: Metadata { get }
    /// Name and kind of what computes it, for people and reports.
    var runtime: String { get }

    /// Answers a text that was cut to the model's limit, in the light of a state or at the start of a conversation.
    func run(_ text: [UInt8], state: ModelState?) async throws -> Outputs
}
