import Foundation
import NeuroLiteCore
import NeuroLiteCoreAI
import NeuroLiteCoreML
import NeuroLiteEngine

/// What computes a model.
public enum Runtime: String, CaseIterable, Sendable, Identifiable {
    case coreAI = "Core AI"
    case coreML = "Core ML"
    case native = "C"

    public var id: String { rawValue }

    var endings: [String] {
        switch self {
        case .coreAI: return ["aimodel"]
        case .coreML: return ["mlmodelc", "mlpackage"]
        case .native: return ["nlm"]
        }
    }
}

/// The models of an app, opened when they are first asked for, off the main thread.
public actor ModelLibrary {
    private let folders: [URL]
    private var opened: [String: any Model] = [:]

    /// Looks for files in these folders, in this order.
    public init(_ folders: [URL]) {
        self.folders = folders
    }

    /// A model by the first runtime that has a file of it and takes it: Core AI where the system has it, Core ML, C.
    public func model(_ name: String) async throws -> any Model {
        var reason: any Error = NeuroLiteError(.artifact, "The app has no model '\(name)'. Make it: make ios")
        for runtime in Runtime.allCases where file(name, runtime) != nil {
            do {
                return try await model(name, runtime)
            } catch {
                reason = error
            }
        }
        throw reason
    }

    /// A model by a certain runtime.
    public func model(_ name: String, _ runtime: Runtime) async throws -> any Model {
        let key = "\(name) \(runtime.rawValue)"
        if let found = opened[key] { return found }
        let found = try await fresh(name, runtime)
        opened[key] = found
        return found
    }

    /// Opened anew, as a benchmark wants it.
    public func fresh(_ name: String, _ runtime: Runtime) async throws -> any Model {
        guard let file = file(name, runtime) else {
            throw NeuroLiteError(.artifact, "The app has no \(runtime.rawValue) file of '\(name)'. Make it: make ios")
        }
        return try await ModelLibrary.open(file, runtime)
    }

    /// Runtimes that have a file of a model here, and that this system has.
    public func runtimes(of name: String) -> [Runtime] {
        Runtime.allCases.filter { file(name, $0) != nil }
    }

    public func file(_ name: String, _ runtime: Runtime) -> URL? {
        guard ModelLibrary.has(runtime) else { return nil }
        let files = folders.flatMap { folder in
            runtime.endings.map { folder.appendingPathComponent("\(name).\($0)") }
        }
        return files.first { FileManager.default.fileExists(atPath: $0.path) }
    }

    private static func has(_ runtime: Runtime) -> Bool {
        switch runtime {
        case .native: return true
        case .coreML:
            #if canImport(CoreML)
            return true
            #else
            return false
            #endif
        case .coreAI:
            #if canImport(CoreAI)
            if #available(iOS 27.0, macOS 27.0, *) { return true }
            #endif
            return false
        }
    }

    private static func open(_ file: URL, _ runtime: Runtime) async throws -> any Model {
        #if canImport(CoreAI)
        if #available(iOS 27.0, macOS 27.0, *), runtime == .coreAI { return try await CoreAIModel.open(file) }
        #endif
        #if canImport(CoreML)
        if runtime == .coreML { return try await CoreMLModel.open(file) }
        #endif
        return try NativeModel(file)
    }
}
