// A stand-in for the part of Core ML that the package uses; see SwiftUI.swift.
@_exported import Foundation

public enum MLComputeUnits: Sendable { case cpuOnly, cpuAndGPU, all, cpuAndNeuralEngine }
public enum MLMultiArrayDataType: Sendable { case double, float32, float16, int32 }

public final class MLModelConfiguration {
    public var computeUnits = MLComputeUnits.all
    public init() {}
}

public struct MLModelMetadataKey: Hashable, Sendable {
    public static let creatorDefinedKey = MLModelMetadataKey()
}

public final class MLModelDescription {
    public var metadata: [MLModelMetadataKey: Any] { [:] }
}

public final class MLModel {
    public init(contentsOf url: URL, configuration: MLModelConfiguration) throws {}
    public var modelDescription: MLModelDescription { MLModelDescription() }
    public func prediction(from input: any MLFeatureProvider) throws -> any MLFeatureProvider { input }
    public static func compileModel(at url: URL) async throws -> URL { url }
}

public protocol MLFeatureProvider {
    func featureValue(for name: String) -> MLFeatureValue?
}

public final class MLFeatureValue {
    public var multiArrayValue: MLMultiArray? { nil }
}

public final class MLDictionaryFeatureProvider: MLFeatureProvider {
    public init(dictionary: [String: Any]) throws {}
    public func featureValue(for name: String) -> MLFeatureValue? { nil }
}

public final class MLMultiArray {
    public init<Scalar>(_ values: MLShapedArray<Scalar>) {}
    public var dataType: MLMultiArrayDataType { .float32 }
}

public struct MLShapedArray<Scalar> {
    public init(scalars: some Sequence<Scalar>, shape: [Int]) {}
    public init(_ array: MLMultiArray) {}
    public var scalars: [Scalar] { [] }
}
