#if canImport(CoreML)
import CoreML
import Foundation
import NeuroLiteCore

/// A model on Core ML. One text at a time: an actor, so that nothing waits on the main thread.
public actor CoreMLModel: Model {
    /// The CPU alone: a server's core takes 0.06 ms for 12 words in the C runtime, far less than a GPU or the Neural
    /// Engine takes to begin; users tell of first loads of 80 to 108 s where models are compiled for the latter
    /// (EnviousWispr#879, openquack#89); and only the CPU's float32 was reasoned about for the hash, whose whole
    /// numbers reach 2^24. Not measured on a phone yet: the benchmark screen does that.
    public static let units = MLComputeUnits.cpuOnly

    public nonisolated let metadata: Metadata
    public nonisolated let runtime: String
    private let buckets: Buckets
    private let model: MLModel

    /// Opens a .mlpackage (compiled once, and kept) or a .mlmodelc, and warms it up by one text.
    public static func open(_ url: URL, units: MLComputeUnits = CoreMLModel.units) async throws -> CoreMLModel {
        guard url.pathExtension != "mlmodelc" else { return try await warm(url, units) }
        do {
            return try await warm(CompiledModels.standard.compiled(url), units)
        } catch  where !(error is NeuroLiteError) {
            // What was kept may be damaged, or of a system that compiled otherwise: once more, anew.
            try await CompiledModels.standard.forget(url)
            return try await warm(CompiledModels.standard.compiled(url), units)
        }
    }

    private static func warm(_ compiled: URL, _ units: MLComputeUnits) async throws -> CoreMLModel {
        let found = try await CoreMLModel(compiled: compiled, units: units)
        _ = try await found.run(Bytes.of("a"), state: nil)
        return found
    }

    private init(compiled url: URL, units: MLComputeUnits) async throws {
        let configuration = MLModelConfiguration()
        configuration.computeUnits = units
        let model = try MLModel(contentsOf: url, configuration: configuration)
        let name = url.lastPathComponent
        let facts = model.modelDescription.metadata[.creatorDefinedKey] as? [String: String]
        guard let text = facts?["neurolite"] else {
            throw NeuroLiteError(.artifact, "\(name) has no NeuroLite metadata: neurolite-export did not make it.")
        }
        let metadata = try Metadata(json: text.utf8, source: name)
        guard let buckets = metadata.buckets else {
            throw NeuroLiteError(.artifact, "\(name) names no shapes of its input. Export the model again.")
        }
        self.metadata = metadata
        self.buckets = buckets
        self.model = model
        runtime = "Core ML (\(CoreMLModel.name(of: units)))"
    }

    public func run(_ text: [UInt8], state: ModelState?) async throws -> Outputs {
        let bytes = Buckets.withoutPadding(text)
        let state = metadata.state.isEmpty ? nil : state ?? ModelState(start: metadata.state)
        let first = buckets.first(bytes: bytes.count)
        let found = try predict(bytes, buckets.all[first], state)
        let next = buckets.next(after: first, words: found.words)
        return next == first ? found : try predict(bytes, buckets.all[next], state)
    }

    private func predict(_ bytes: [UInt8], _ bucket: Bucket, _ state: ModelState?) throws -> Outputs {
        var inputs: [String: Any] = [metadata.inputName: try CoreMLArrays.bytes(bytes, count: bucket.bytes)]
        for (spec, values) in zip(metadata.state, state?.values ?? []) {
            inputs[spec.name] = try CoreMLArrays.state(values, spec)
        }
        let found = try model.prediction(from: MLDictionaryFeatureProvider(dictionary: inputs))
        return try CoreMLArrays.outputs(found, metadata)
    }

    private static func name(of units: MLComputeUnits) -> String {
        switch units {
        case .cpuOnly: return "CPU only"
        case .cpuAndGPU: return "CPU and GPU"
        case .cpuAndNeuralEngine: return "CPU and Neural Engine"
        case .all: return "all units"
        @unknown default: return "other units"
        }
    }
}
#endif
