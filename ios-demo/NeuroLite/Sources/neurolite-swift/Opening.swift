import Foundation
import NeuroLiteCore
import NeuroLiteCoreAI
import NeuroLiteCoreML
import NeuroLiteEngine

/// A model of any runtime of this system, by the end of its file's name.
enum Opening {
    static func model(_ url: URL) async throws -> any Model {
        switch url.pathExtension {
        case "nlm": return try NativeModel(url)
        #if canImport(CoreML)
        case "mlpackage", "mlmodelc": return try await CoreMLModel.open(url)
        #endif
        #if canImport(CoreAI)
        case "aimodel":
            guard #available(macOS 27.0, *) else { break }
            return try await CoreAIModel.open(url)
        #endif
        default: break
        }
        let end = url.pathExtension
        throw NeuroLiteError(.input, "This system has nothing that runs '.\(end)'; give a .nlm file.")
    }

    /// Resident memory of this process where the system tells.
    static func residentBytes() -> Int? {
        #if os(Linux)
        let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return text?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 4096 }
        #else
        return nil
        #endif
    }
}
