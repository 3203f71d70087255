/// What a model gives for a text as a whole.
public enum ModelTask: String, Sendable {
    case classification
    case multiLabel = "multi_label"
    case embedding
    case spans
    case generation
}

/// What a file says of itself: the facts that an app needs.
public struct Metadata: Equatable, Sendable {
    static let schemaVersion = 2
    static let hashVersion = 2
    static let mostBytes = 65_536

    public let name: String
    public let task: ModelTask
    public let labels: [String]
    /// A text whose scope score is below it gets no answer; of several labels a text, a label's least probability.
    public let threshold: Double?
    public let maxWords: Int
    public let maxBytes: Int
    public let embeddingSize: Int
    public let parameters: Int
    public let target: String
    public let precision: String
    public let modelID: String?
    public let similarities: [Similarity]
    public let rules: [Rule]
    public let spans: SpanFacts?
    public let inputName: String
    public let buckets: Buckets?
    public let outputs: [String]
    public let state: [StateSpec]

    /// Reads the JSON that every exported file carries.
    public init(json: some Sequence<UInt8>, source: String) throws {
        guard let value = JSON.read(json) else {
            throw Metadata.refusal(source, "its NeuroLite metadata is not valid JSON")
        }
        try Metadata.checkVersion(value, "schema_version", Metadata.schemaVersion, source)
        try Metadata.checkVersion(value, "hash_version", Metadata.hashVersion, source)
        let facts = Facts(value: value, source: source)
        name = try facts.string("name")
        guard let task = ModelTask(rawValue: try facts.string("task")) else { throw facts.refusal("task") }
        self.task = task
        labels = try facts.strings("labels")
        threshold = try facts.optional("threshold") { value in value.double.flatMap { (0..<1).contains($0) ? $0 : nil }
        }
        maxWords = try facts.count("max_words")
        maxBytes = try facts.count("max_bytes")
        embeddingSize = try facts.count("embedding_size")
        parameters = try facts.count("parameters")
        target = try facts.string("target")
        precision = try facts.string("precision")
        modelID = try facts.optional("model_id") { value in value.string.flatMap { Metadata.isModelID($0) ? $0 : nil } }
        similarities = try facts.list("similarities", Similarity.init(json:))
        rules = try facts.list("rules", Rule.init(json:))
        spans = try facts.optional("spans", SpanFacts.init(json:))
        inputName = try facts.string("input_name")
        let shapes = try facts.list("buckets", Bucket.init(json:))
        buckets = shapes.isEmpty ? nil : Buckets(shapes)
        outputs = try facts.strings("outputs")
        state = try facts.list("state", StateSpec.init(json:))
        if let problem { throw Metadata.refusal(source, "its metadata \(problem)") }
    }

    public static func isModelID(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    /// What no single field can be wrong in.
    private var problem: String? {
        let isLabelled = task == .classification || task == .multiLabel || task == .generation
        let needed = isLabelled ? "logits" : task == .spans ? "tags" : "embedding"
        if !outputs.contains(needed) { return "lacks the output '\(needed)'" }
        if isLabelled == labels.isEmpty { return "has not the labels of its task" }
        if Set(labels.map { Array($0.utf8) }).count < labels.count { return "names a label twice" }
        if state.count > StateSpec.mostNames || Set(state.map(\.name)).count < state.count {
            return "keeps more than \(StateSpec.mostNames) states, or one twice"
        }
        if maxBytes > Metadata.mostBytes { return "takes \(maxBytes) bytes; at most \(Metadata.mostBytes) are allowed" }
        if let largest = buckets?.all.last, largest.bytes < maxBytes {
            return "takes more bytes than its largest bucket"
        }
        if task == .multiLabel && threshold == nil { return "has no threshold" }
        if rules.isEmpty == outputs.contains("rules") {
            return "has rules without an output, or an output without rules"
        }
        if (spans != nil) != outputs.contains("tags") {
            return "has spans without an output, or an output without spans"
        }
        return nil
    }

    private static func checkVersion(_ value: JSON, _ name: String, _ known: Int, _ source: String) throws {
        guard let found = value[name]?.int else { throw refusal(source, "its metadata has no number '\(name)'") }
        guard found == known else {
            let fix = found > known ? "Update the app." : "Export the model again."
            throw NeuroLiteError(.artifact, "\(source) has \(name) \(found); this release reads \(known). \(fix)")
        }
    }

    private static func refusal(_ source: String, _ what: String) -> NeuroLiteError {
        NeuroLiteError(.artifact, "\(source): \(what). Export the model again.")
    }
}

/// Fields of a JSON object from outside, each of which is there and right, or named in the error.
struct Facts {
    let value: JSON
    let source: String

    func refusal(_ name: String) -> NeuroLiteError {
        let shown = value[name].map { String($0.text().prefix(60)) } ?? "nothing"
        return NeuroLiteError(
            .artifact, "\(source): its metadata has \(name) = \(shown), which cannot be. Export the model again.")
    }

    func string(_ name: String) throws -> String {
        guard let found = value[name]?.string else { throw refusal(name) }
        return found
    }

    func strings(_ name: String) throws -> [String] {
        guard let found = value[name]?.strings else { throw refusal(name) }
        return found
    }

    func count(_ name: String) throws -> Int {
        guard let found = value[name]?.int, (1..<1 << 31).contains(found) else { throw refusal(name) }
        return found
    }

    /// Of a list that older files lack.
    func list<Item>(_ name: String, _ read: (JSON) -> Item?) throws -> [Item] {
        guard let item = value[name] else { return [] }
        guard let values = item.array else { throw refusal(name) }
        let found = values.compactMap(read)
        guard found.count == values.count else { throw refusal(name) }
        return found
    }

    func optional<Item>(_ name: String, _ read: (JSON) -> Item?) throws -> Item? {
        guard let item = value[name], !item.isNull else { return nil }
        guard let found = read(item) else { throw refusal(name) }
        return found
    }
}

extension Bucket {
    init?(json: JSON) {
        guard let bytes = json["num_bytes"]?.int, let words = json["num_words"]?.int, bytes > 0, words > 0
        else { return nil }
        self.init(bytes: bytes, words: words)
    }
}
