/// A conversation as a file (.nlstate), docs/memory.md: the same bytes in every language.
public struct SavedState: Equatable, Sendable {
    static let magic = Array("NLSTATE\n".utf8)
    static let version: UInt32 = 1
    static let limit = 1 << 28
    private static let fix = "Restore a copy of it, or begin again without it."

    public let modelID: String
    public let turns: Int
    public let specs: [StateSpec]
    public let state: ModelState

    public init(modelID: String, turns: Int, specs: [StateSpec], state: ModelState) {
        self.modelID = modelID
        self.turns = turns
        self.specs = specs
        self.state = state
    }

    public var bytes: [UInt8] {
        let header = JSON.object([
            "model_id": .string(modelID), "state": .array(specs.map(\.json)), "turns": .int(turns),
        ])
        var text = Array(header.text().utf8)
        while text.count % 8 != 0 { text.append(0x20) }
        var found = SavedState.magic
        found.append(number: SavedState.version)
        found.append(number: UInt32(text.count))
        found += text
        for value in state.flat { found.append(number: value) }
        return found + Digest.sha256(found)
    }

    /// Reads a file from anywhere.
    public init(_ content: [UInt8], source: String) throws {
        let (header, values) = try SavedState.parts(content, source)
        guard let modelID = header["model_id"]?.string, Metadata.isModelID(modelID),
            let turns = header["turns"]?.int, (0..<1 << 31).contains(turns), let items = header["state"]?.array,
            header.names.count == 3, items.count <= StateSpec.mostNames
        else { throw SavedState.refusal("\(source) has a header that cannot be.") }
        let specs = items.compactMap { StateSpec(json: $0) }
        guard specs.count == items.count else { throw SavedState.refusal("\(source) has a state that cannot be.") }
        let count = specs.reduce(0) { $0 + $1.count }
        guard values.count == 4 * count else {
            throw SavedState.refusal("\(source) has not the bytes that its header tells of.")
        }
        var reader = ByteReader(values)
        guard let state = ModelState(flat: (0..<count).compactMap { _ in reader.number() }, specs: specs) else {
            throw SavedState.refusal("\(source) holds values that are not finite numbers.")
        }
        self.init(modelID: modelID, turns: turns, specs: specs, state: state)
    }

    private static func parts(_ content: [UInt8], _ source: String) throws -> (JSON, ArraySlice<UInt8>) {
        guard content.starts(with: magic) else {
            let what = content.isEmpty ? "is empty" : "is no saved state of NeuroLite"
            throw NeuroLiteError(.state, "\(source) \(what). Give a file that was saved from a conversation.")
        }
        var reader = ByteReader(content[magic.count...])
        guard content.count <= limit, let version = reader.number(), let length = reader.number(), reader.left >= 32
        else { throw refusal("\(source) is cut short.") }
        guard version == self.version else {
            let known = "this release reads \(self.version)"
            throw NeuroLiteError(.state, "\(source) is a saved state of version \(version); \(known). Update the app.")
        }
        guard Digest.sha256(content.dropLast(32)) == Array(content.suffix(32)) else {
            throw refusal("\(source) is damaged: its SHA-256 is not the one it carries.")
        }
        guard let text = reader.take(Int(length)), reader.left >= 32, let header = JSON.read(text) else {
            throw refusal("\(source) has a header that cannot be.")
        }
        return (header, reader.take(reader.left - 32) ?? [])
    }

    private static func refusal(_ what: String) -> NeuroLiteError { NeuroLiteError(.state, "\(what) \(fix)") }
}
