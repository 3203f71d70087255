// A stand-in for the part of Core AI that the package uses, as public code of the beta calls it; see SwiftUI.swift.
@_exported import Foundation

public struct SpecializationOptions: Sendable {
    public static let cpuOnly = SpecializationOptions()
}

public struct AIModel: Sendable {
    public init(contentsOf url: URL, options: SpecializationOptions) async throws {}
    public func loadFunction(named name: String) throws -> InferenceFunction? { nil }
}

public struct InferenceFunctionDescriptor: Sendable {
    public func inputDescriptor(of name: String) -> InferenceValueDescriptor? { nil }
}

public enum InferenceValueDescriptor: Sendable {
    case ndArray(NDArrayDescriptor)
    case image
}

public struct NDArrayDescriptor: Sendable {}

public struct InferenceFunction: Sendable {
    public struct MutableViews: ~Copyable {
        public init() {}
    }
    public struct Outputs: ~Copyable {
        public mutating func remove(_ name: String) -> InferenceValue? { nil }
    }
    public var descriptor: InferenceFunctionDescriptor { InferenceFunctionDescriptor() }
    public func run(
        inputs: [String: NDArray], states: consuming MutableViews = MutableViews(),
        outputViews: consuming MutableViews = MutableViews()
    ) async throws -> Outputs { Outputs() }
}

public struct InferenceValue: Sendable {
    public var ndArray: NDArray? { nil }
}

public struct NDArray: Sendable {
    /// In place of the standard library's Span, which is newer than this compiler.
    public struct Sizes: Sendable {
        public var count: Int { 0 }
        public subscript(place: Int) -> Int { 0 }
    }
    public struct RawView {
        public func withUnsafeMutableBytes<Result>(
            _ body: (UnsafeMutableRawPointer, Sizes, Sizes) throws -> Result
        ) rethrows -> Result { try body(UnsafeMutableRawPointer(bitPattern: 8)!, Sizes(), Sizes()) }
    }
    public struct View<Element> {
        public func withUnsafePointer<Result>(
            _ body: (UnsafePointer<Element>, Sizes, Sizes) throws -> Result
        ) rethrows -> Result { try body(UnsafePointer(bitPattern: 8)!, Sizes(), Sizes()) }
    }
    public init(descriptor: NDArrayDescriptor) {}
    public mutating func mutableRawView() -> RawView { RawView() }
    public func view<Element: BitwiseCopyable>(as type: Element.Type) -> View<Element> { View() }
}
