import Foundation

/// Labels that a user teaches by examples, over any model that gives an embedding; kept in one file (.nls).
public actor Learner {
    /// How many of the nearest examples an answer shows.
    public static let evidence = 3
    private static let waste = 1 << 16

    /// A learned label.
    public struct Label: Equatable, Sendable, Identifiable {
        public let name: String
        public let examples: Int
        /// How many prototypes stand for them.
        public let prototypes: Int
        /// The model has a label of this name too; both then answer together.
        public let isTrained: Bool

        public var id: String { name }
    }

    private let model: any Model
    private var memory: Memory
    private var file: StoreFile

    /// Opens a store, or begins one: where to cut vectors (by default not at all), whether to keep texts.
    public init(
        _ model: any Model, file url: URL, dimension: Int? = nil, keepsTexts: Bool = true,
        settings: LearningSettings = LearningSettings()
    ) throws {
        let header = try Learner.header(model.metadata, dimension, keepsTexts, settings)
        var (file, memory) = try StoreFile.open(url, beginning: header)
        try Learner.check(memory.header, model.metadata, url.lastPathComponent)
        let texts = memory.alive.reduce(0) { $0 + memory.rows[$1].text.count }
        let needed = memory.count * (2 * memory.header.dimension + 36) + texts
        if file.end > 2 * needed + Learner.waste { try Learner.compact(&memory, &file) }
        self.model = model
        self.memory = memory
        self.file = file
    }

    /// Those that were learned, in the order in which they came.
    public func labels() -> [Label] {
        memory.names.map { number, name in
            Label(
                name: name, examples: memory.alive.filter { memory.rows[$0].label == number }.count,
                prototypes: memory.prototypes(of: number).means.count,
                isTrained: model.metadata.labels.contains { Array($0.utf8) == Array(name.utf8) })
        }
    }

    /// The stored examples of a label, or of all, in the order in which they came.
    public func examples(of label: String? = nil) throws -> [Evidence] {
        let wanted = try label.map(number)
        return memory.alive.filter { wanted == nil || memory.rows[$0].label == wanted }.map { evidence($0, 1) }
    }

    /// Stores an example; when it returns, it is on the disk. Its id: that of the stored one where it is there already.
    @discardableResult
    public func add(_ label: String, _ text: String) async throws -> Int {
        try await add(label, Bytes.of(text))
    }

    @discardableResult
    public func add(_ label: String, _ text: [UInt8]) async throws -> Int {
        let (cut, vector, _) = try await read(text)
        return try write(try Additions(memory, [(label, vector, cut)]))[0]
    }

    /// The user says which label a text has: it is stored, or gets the label where it is stored already.
    @discardableResult
    public func correct(_ label: String, _ text: [UInt8]) async throws -> Int {
        let (cut, vector, outputs) = try await read(text)
        let before = memory.count > 0 ? answer(outputs, evidence: Additions.heard) : nil
        return try write(
            try Additions(correcting: memory, label: label, vector: vector, text: cut, before: before))[0]
    }

    @discardableResult
    public func correct(_ label: String, _ text: String) async throws -> Int {
        try await correct(label, Bytes.of(text))
    }

    public func remove(_ id: Int) throws {
        guard memory.row(of: id) != nil else {
            throw NeuroLiteError(.input, "The store has no example \(id); its list shows those that are there.")
        }
        try write([.removal(id: id)])
    }

    /// A label's examples get another label, which may be new; the label is gone.
    public func merge(_ label: String, into other: String) throws {
        let source = try number(label)
        guard Array(label.utf8) != Array(other.utf8) else {
            throw NeuroLiteError(.input, "'\(label)' is merged with itself; name two labels.")
        }
        var new: [String] = []
        let (target, named) = try Additions.label(memory, other, &new)
        try write(named + [.merge(source: source, into: target)])
    }

    /// A label is gone with its examples, from the disk too.
    public func forget(_ label: String) throws {
        try write([.forget(label: try number(label))])
        try compact()
    }

    /// Takes over the examples of another store of the same encoder; those that are here stay once. Ids of all of them.
    @discardableResult
    public func merge(_ url: URL) throws -> [Int] {
        let content = try Files.read(url, most: StoreContent.limit, .store)
        let other = try StoreContent(content, source: url.lastPathComponent).memory
        try Learner.check(other.header, model.metadata, url.lastPathComponent)
        guard other.header.dimension == memory.header.dimension else {
            let (has, wants) = (other.header.dimension, memory.header.dimension)
            throw NeuroLiteError(.input, "\(url.lastPathComponent) holds vectors of \(has) numbers, not \(wants).")
        }
        guard other.header.keepsTexts || !memory.header.keepsTexts else {
            throw NeuroLiteError(.input, "\(url.lastPathComponent) keeps no texts, and this store does.")
        }
        let rows = other.alive.map { row in
            (
                label: other.name(of: other.rows[row].label) ?? "", vector: other.rows[row].vector,
                text: other.rows[row].text
            )
        }
        return try write(try Additions(memory, rows))
    }

    /// Writes the file anew without what is gone, atomically.
    public func compact() throws { try Learner.compact(&memory, &file) }

    /// The answer to a text; nothing is written.
    public func classify(_ text: String) async throws -> Learned { try await classify(Bytes.of(text)) }

    public func classify(_ text: [UInt8]) async throws -> Learned {
        let outputs = try await model.run(Cut(text, limit: model.metadata.maxBytes).bytes, state: nil)
        guard let found = answer(outputs, evidence: Learner.evidence) else {
            throw NeuroLiteError(.input, "Nothing was learned yet, and the model has no labels. Add an example.")
        }
        return found
    }

    /// The store as a file to hand on.
    public func exported() throws -> Data {
        Data(try Files.read(file.url, most: StoreContent.limit, .store).prefix(file.end))
    }

    private func answer(_ outputs: Outputs, evidence count: Int) -> Learned? {
        let vector = Similarity.cut(outputs.embedding, to: memory.header.dimension)
        let metadata = model.metadata
        let trained =
            metadata.task == .classification
            ? Trained(labels: metadata.labels, logits: outputs.logits, threshold: metadata.threshold) : nil
        let known = memory.same(as: vector.map(Half.rounded)).last.flatMap { memory.row(of: $0) }
        let scored = Scored(&memory, vector)
        return Combination(
            scored: scored, names: Dictionary(uniqueKeysWithValues: memory.names.map { ($0.number, $0.name) }),
            trained: trained, threshold: scored == nil ? nil : memory.similarity()?.threshold,
            known: known.flatMap { memory.name(of: memory.rows[$0].label) },
            evidence: nearest(vector, count)
        ).answer
    }

    private func nearest(_ vector: [Float], _ count: Int) -> [Evidence] {
        let exact = vector.map(Double.init)
        let rows = memory.alive
        let cosines = rows.map { Prototypes.dot(memory.rows[$0].vector.map(Double.init), exact) }
        return Scores.ranked(cosines).prefix(count).map { evidence(rows[$0], cosines[$0]) }
    }

    private func evidence(_ row: Int, _ cosine: Double) -> Evidence {
        let item = memory.rows[row]
        return Evidence(
            id: item.id, label: memory.name(of: item.label) ?? "",
            text: memory.header.keepsTexts ? Bytes.shown(item.text) : nil, cosine: cosine,
            strength: memory.strength(at: row))
    }

    /// As much of a text as the model reads, its vector to be stored, and all that the model gives.
    private func read(_ text: [UInt8]) async throws -> ([UInt8], [Float], Outputs) {
        let cut = Cut(text, limit: model.metadata.maxBytes).bytes
        let outputs = try await model.run(cut, state: nil)
        let vector = Similarity.cut(outputs.embedding, to: memory.header.dimension).map(Half.rounded)
        guard vector.contains(where: { $0 != 0 }) else {
            throw NeuroLiteError(.input, "The text '\(Bytes.shown(cut.prefix(60)))' has no words to learn from.")
        }
        return (cut, vector, outputs)
    }

    private func number(_ label: String) throws -> Int {
        if let found = memory.number(of: label) { return found }
        let names = memory.names.prefix(8).map(\.name).joined(separator: ", ")
        throw NeuroLiteError(.input, "The store has no label '\(label)'; it has \(names.isEmpty ? "none yet" : names).")
    }

    private func write(_ made: Additions) throws -> [Int] {
        try write(made.records)
        return made.ids
    }

    private func write(_ records: [Record]) throws {
        guard !records.isEmpty else { return }
        try file.append(records)
        for record in records { try memory.apply(record) }
    }

    private static func compact(_ memory: inout Memory, _ file: inout StoreFile) throws {
        let (header, records) = memory.compacted()
        try file.replace(header, records)
        var anew = Memory(header)
        for record in records { try anew.apply(record) }
        memory = anew
    }
}
