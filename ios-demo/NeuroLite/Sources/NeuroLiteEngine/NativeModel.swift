import Foundation
import NeuroLiteC
import NeuroLiteCore

/// A .nlm file on the C runtime. Any number of tasks may ask it at once: the library only reads a model after it was
/// opened, and every call has memory of its own.
public final class NativeModel: Model, @unchecked Sendable {
    public let metadata: Metadata
    public let runtime: String
    private let file: MappedFile
    private let model: UnsafeMutablePointer<nl_model>
    /// Numbers of a word in `tags`.
    private let tags: Int

    /// Opens a file of any origin: its digest, every size and place in it are checked.
    public init(_ url: URL) throws {
        let name = url.lastPathComponent
        let mapped = try MappedFile(url)
        let opened = UnsafeMutablePointer<nl_model>.allocate(capacity: 1)
        opened.initialize(to: nl_model())
        let facts: Metadata
        do {
            try NativeModel.check(nl_open(opened, mapped.start, mapped.count), name)
            try NativeModel.check(nl_verify(opened), name)
            facts = try Metadata(json: NativeModel.bytes { nl_metadata(opened, $0) } ?? [], source: name)
        } catch {
            opened.deallocate()
            throw error
        }
        let path = nl_path_name(nl_best_path()).map { String(cString: $0) } ?? "scalar"
        runtime = "libneurolite_model (\(path))"
        tags = Int(nl_tags(opened))
        metadata = facts
        file = mapped
        model = opened
    }

    deinit { model.deallocate() }

    public func run(_ text: [UInt8], state: ModelState?) async throws -> Outputs {
        try answer(text, state: state)
    }

    /// The same without a suspension, for timing.
    public func answer(_ text: [UInt8], state: ModelState? = nil) throws -> Outputs {
        let room = Room(model, text: text.count, tags: tags)
        defer { room.free() }
        var kept = metadata.state.isEmpty ? [] : (state ?? ModelState(start: metadata.state)).flat
        guard kept.count * 4 == nl_state_size(model) else {
            throw NeuroLiteError(.input, "The state is not the model's; begin again without it.")
        }
        var out = room.out
        let status = kept.withUnsafeMutableBytes { state in
            text.withUnsafeBufferPointer { bytes in
                nl_run(
                    model, bytes.baseAddress, bytes.count, metadata.state.isEmpty ? nil : state.baseAddress, &out,
                    room.scratch, room.size)
            }
        }
        guard status == 0 else {
            let reason = String(cString: nl_status_text(status))
            throw NeuroLiteError(.input, "The C runtime refused a text: \(reason)")
        }
        let words = min(Int(out.words), room.words)
        return Outputs(
            words: Int(out.words), logits: room.floats(out.logits, nl_labels(model)),
            embedding: room.floats(out.embedding, nl_embedding_size(model)),
            rules: (0..<Int(nl_rules(model))).map { out.rules[$0] != 0 },
            tags: room.floats(out.tags, Int32(tags > 0 ? words * tags : 0)),
            offsets: (0..<(tags > 0 ? words : 0)).map { Int(out.offsets[2 * $0])..<Int(out.offsets[2 * $0 + 1]) },
            experts: (0..<Int(nl_experts(model))).map { Int(out.experts[$0]) },
            state: ModelState(flat: kept, specs: metadata.state))
    }

    private static func check(_ status: Int32, _ name: String) throws {
        guard status != 0 else { return }
        let reason = String(cString: nl_status_text(status))
        throw NeuroLiteError(.artifact, "\(name) cannot be opened: \(reason) Export the model again.")
    }

    private static func bytes(_ text: (UnsafeMutablePointer<Int>) -> UnsafePointer<CChar>?) -> [UInt8]? {
        var size = 0
        guard let start = text(&size) else { return nil }
        return UnsafeRawBufferPointer(start: start, count: size).map { $0 }
    }
}

/// What one call writes to.
private struct Room {
    let out: nl_out
    let scratch: UnsafeMutableRawPointer
    let size: Int
    /// Words that there is room for: a text has no more than bytes.
    let words: Int
    private let parts: [UnsafeMutableRawPointer]

    init(_ model: UnsafePointer<nl_model>, text: Int, tags: Int) {
        var parts: [UnsafeMutableRawPointer] = []
        func numbers<Number>(_ count: Int, of: Number.Type) -> UnsafeMutablePointer<Number>? {
            guard count > 0 else { return nil }
            let part = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64)
            part.initializeMemory(as: UInt8.self, repeating: 0, count: 4 * count)
            parts.append(part)
            return part.bindMemory(to: Number.self, capacity: count)
        }
        words = min(text, Int(nl_max_words(model)))
        let marked = tags > 0 ? max(words, 1) : 0
        out = nl_out(
            words: 0, truncated: 0, logits: numbers(Int(nl_labels(model)), of: Float.self),
            embedding: numbers(Int(nl_embedding_size(model)), of: Float.self),
            rules: numbers(Int(nl_rules(model)), of: Int32.self), tags: numbers(marked * tags, of: Float.self),
            offsets: numbers(2 * marked, of: Int32.self), experts: numbers(Int(nl_experts(model)), of: Int32.self))
        size = nl_scratch(model, Int32(words))
        scratch = .allocate(byteCount: max(size, 1), alignment: 64)
        parts.append(scratch)
        self.parts = parts
    }

    func free() {
        for part in parts { part.deallocate() }
    }

    func floats(_ start: UnsafeMutablePointer<Float>?, _ count: Int32) -> [Float] {
        Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : Int(count)))
    }
}
