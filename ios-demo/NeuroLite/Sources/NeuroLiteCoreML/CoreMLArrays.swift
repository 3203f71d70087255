#if canImport(CoreML)
import CoreML
import NeuroLiteCore

/// Arrays of Core ML from and to the numbers of a model.
enum CoreMLArrays {
    /// Zero-padded UTF-8, int32 [1, count].
    static func bytes(_ bytes: [UInt8], count: Int) throws -> MLMultiArray {
        var scalars = [Int32](repeating: 0, count: count)
        for (place, byte) in bytes.enumerated() { scalars[place] = Int32(byte) }
        return MLMultiArray(MLShapedArray(scalars: scalars, shape: [1, count]))
    }

    static func state(_ values: [UInt32], _ spec: StateSpec) throws -> MLMultiArray {
        let shape = [1] + spec.shape
        switch spec.kind {
        case .float32:
            return MLMultiArray(MLShapedArray(scalars: values.map(Float.init(bitPattern:)), shape: shape))
        case .int32: return MLMultiArray(MLShapedArray(scalars: values.map(Int32.init(bitPattern:)), shape: shape))
        }
    }

    static func outputs(_ found: MLFeatureProvider, _ metadata: Metadata) throws -> Outputs {
        let words = Int(try whole(found, "words").first ?? 0)
        var outputs = Outputs(words: words)
        let offsets = metadata.outputs.contains("offsets") ? try whole(found, "offsets") : []
        outputs.offsets = (0..<min(words, offsets.count / 2)).map {
            Int(offsets[2 * $0])..<Int(offsets[2 * $0 + 1])
        }
        for name in metadata.outputs {
            switch name {
            case "logits": outputs.logits = try floats(found, name)
            case "embedding": outputs.embedding = try floats(found, name)
            case "rules": outputs.rules = try whole(found, name).map { $0 != 0 }
            case "tags": outputs.tags = try floats(found, name)
            case "expert": outputs.experts = try whole(found, name).map(Int.init)
            default: continue
            }
        }
        let kept = try metadata.state.map { spec -> [UInt32] in
            let name = "next_" + spec.name
            return spec.kind == .float32
                ? try floats(found, name).map(\.bitPattern) : try whole(found, name).map(UInt32.init(bitPattern:))
        }
        outputs.state = metadata.state.isEmpty ? nil : ModelState(kept, specs: metadata.state)
        return outputs
    }

    private static func array(_ found: MLFeatureProvider, _ name: String) throws -> MLMultiArray {
        guard let array = found.featureValue(for: name)?.multiArrayValue else {
            throw NeuroLiteError(.artifact, "The model gives no '\(name)'. Export it again.")
        }
        return array
    }

    private static func floats(_ found: MLFeatureProvider, _ name: String) throws -> [Float] {
        let array = try array(found, name)
        guard array.dataType == .float32 else {
            throw NeuroLiteError(.artifact, "The model's '\(name)' is not float32. Export it again.")
        }
        return MLShapedArray<Float>(array).scalars
    }

    private static func whole(_ found: MLFeatureProvider, _ name: String) throws -> [Int32] {
        let array = try array(found, name)
        guard array.dataType == .int32 else {
            throw NeuroLiteError(.artifact, "The model's '\(name)' is not int32. Export it again.")
        }
        return MLShapedArray<Int32>(array).scalars
    }
}
#endif
