// Core AI is not in the simulator's SDK, nor below iOS 27 and macOS 27: this file is then empty. What it calls is what
// public code and Apple's pages show of the beta; it was never compiled here. Left out is what they do not show: states
// of several tensors, so that conversation models go to another runtime.
#if canImport(CoreAI)
import CoreAI
import Foundation
import NeuroLiteCore

/// A model on Core AI: a .aimodel folder, with a function for each length. Any number of tasks may ask it at once; the
/// system then takes more memory.
@available(iOS 27.0, macOS 27.0, *)
public struct CoreAIModel: Model {
    public let metadata: Metadata
    public let runtime = "Core AI (CPU only)"
    private let buckets: Buckets
    private let functions: [InferenceFunction]

    /// Opens a folder; the system compiles it for this device and keeps that. One text warms it up.
    public static func open(_ url: URL) async throws -> CoreAIModel {
        let model = try await AIModel(contentsOf: url, options: .cpuOnly)
        let found = try CoreAIModel(model, AssetFacts.metadata(of: url), url.lastPathComponent)
        _ = try await found.run(Bytes.of("a"), state: nil)
        return found
    }

    private init(_ model: AIModel, _ metadata: Metadata, _ name: String) throws {
        guard metadata.state.isEmpty else {
            throw NeuroLiteError(.artifact, "\(name) keeps a state, which is not supported on Core AI here.")
        }
        guard let buckets = metadata.buckets else {
            throw NeuroLiteError(.artifact, "\(name) names no functions. Export the model again.")
        }
        self.metadata = metadata
        self.buckets = buckets
        functions = try buckets.all.map { bucket in
            guard let function = try model.loadFunction(named: "bytes_\(bucket.bytes)") else {
                throw NeuroLiteError(
                    .artifact, "\(name) lacks a function for \(bucket.bytes) bytes. Export it again.")
            }
            return function
        }
    }

    public func run(_ text: [UInt8], state: ModelState?) async throws -> Outputs {
        let bytes = Buckets.withoutPadding(text)
        let first = buckets.first(bytes: bytes.count)
        let found = try await predict(bytes, first)
        let next = buckets.next(after: first, words: found.words)
        return next == first ? found : try await predict(bytes, next)
    }

    private func predict(_ bytes: [UInt8], _ place: Int) async throws -> Outputs {
        let function = functions[place]
        guard case .ndArray(let shape)? = function.descriptor.inputDescriptor(of: metadata.inputName) else {
            throw NeuroLiteError(.artifact, "The model takes no '\(metadata.inputName)'. Export it again.")
        }
        var input = NDArray(descriptor: shape)
        CoreAIArrays.fill(&input, bytes, count: buckets.all[place].bytes)
        var found = try await function.run(inputs: [metadata.inputName: input])
        let words = Int(CoreAIArrays.numbers(try CoreAIArrays.taken("words", &found), of: Int32.self).first ?? 0)
        var outputs = Outputs(words: words)
        for name in metadata.outputs {
            let array = try CoreAIArrays.taken(name, &found)
            switch name {
            case "logits": outputs.logits = CoreAIArrays.numbers(array, of: Float.self)
            case "embedding": outputs.embedding = CoreAIArrays.numbers(array, of: Float.self)
            case "rules": outputs.rules = CoreAIArrays.numbers(array, of: Int32.self).map { $0 != 0 }
            case "tags": outputs.tags = CoreAIArrays.numbers(array, of: Float.self)
            case "expert": outputs.experts = CoreAIArrays.numbers(array, of: Int32.self).map(Int.init)
            case "offsets":
                let places = CoreAIArrays.numbers(array, of: Int32.self).map(Int.init)
                outputs.offsets = (0..<min(words, places.count / 2)).map { places[2 * $0]..<places[2 * $0 + 1] }
            default: continue
            }
        }
        return outputs
    }
}

/// What a .aimodel folder says of itself.
enum AssetFacts {
    static func metadata(of url: URL) throws -> Metadata {
        let content = try Data(contentsOf: url.appendingPathComponent("metadata.json"))
        guard let text = JSON.read(content)?["creatorDefinedMetadata"]?["neurolite"]?.string else {
            throw NeuroLiteError(.artifact, "\(url.lastPathComponent) has no NeuroLite metadata.")
        }
        return try Metadata(json: text.utf8, source: url.lastPathComponent)
    }
}
#endif
