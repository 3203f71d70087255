#if canImport(CoreAI)
import CoreAI
import NeuroLiteCore

/// Arrays of Core AI from and to plain ones; rows may lie apart in memory, as strides say.
@available(iOS 27.0, macOS 27.0, *)
enum CoreAIArrays {
    /// Zero-padded UTF-8 into uint8 [1, count].
    static func fill(_ array: inout NDArray, _ bytes: [UInt8], count: Int) {
        array.mutableRawView().withUnsafeMutableBytes { start, _, strides in
            let step = strides[strides.count - 1]
            for place in 0..<count {
                let byte = place < bytes.count ? bytes[place] : 0
                start.storeBytes(of: byte, toByteOffset: place * step, as: UInt8.self)
            }
        }
    }

    static func taken(_ name: String, _ outputs: inout InferenceFunction.Outputs) throws -> NDArray {
        guard let array = outputs.remove(name)?.ndArray else {
            throw NeuroLiteError(.artifact, "The model gives no '\(name)'. Export it again.")
        }
        return array
    }

    /// All numbers, row by row.
    static func numbers<Number: BitwiseCopyable>(_ array: NDArray, of type: Number.Type) -> [Number] {
        array.view(as: type).withUnsafePointer { start, shape, strides in
            let sizes = (0..<shape.count).map { shape[$0] }
            let steps = (0..<strides.count).map { strides[$0] }
            var places = [0]
            for (size, step) in zip(sizes, steps) {
                places = places.flatMap { place in (0..<size).map { place + $0 * step } }
            }
            return places.map { start[$0] }
        }
    }
}
#endif
