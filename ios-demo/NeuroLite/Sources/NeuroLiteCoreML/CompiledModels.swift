#if canImport(CoreML)
import CoreML
import Foundation
import NeuroLiteCore

/// Compiled packages, each made once: kept by the package's digest, the system's build and the app's version, as any of
/// these may change what a compiled model is. An actor: two screens that ask at once wait for one compilation.
public actor CompiledModels {
    public static let standard = CompiledModels()

    private var running: [String: Task<URL, any Error>] = [:]

    public func compiled(_ package: URL) async throws -> URL {
        let key = try CompiledModels.digest(of: package) + "-" + CompiledModels.system
        let folder = try CompiledModels.folder(of: package)
        let target = folder.appendingPathComponent("\(key).mlmodelc")
        if FileManager.default.fileExists(atPath: target.path) { return target }
        if let task = running[key] { return try await task.value }
        let task = Task.detached(priority: .userInitiated) {
            let made = try await MLModel.compileModel(at: package)
            // Others of this name are of an older package, system or app.
            try? FileManager.default.removeItem(at: folder)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileManager.default.moveItem(at: made, to: target)
            return target
        }
        running[key] = task
        defer { running[key] = nil }
        return try await task.value
    }

    /// The next call compiles the package again.
    public func forget(_ package: URL) throws {
        try FileManager.default.removeItem(at: CompiledModels.folder(of: package))
    }

    /// Of all files with their names, in order.
    private static func digest(of package: URL) throws -> String {
        let root = package.standardizedFileURL.path
        let names = try FileManager.default.subpathsOfDirectory(atPath: root).sorted()
        guard !names.isEmpty else {
            throw NeuroLiteError(.artifact, "\(package.lastPathComponent) is empty. Export the model again.")
        }
        var all: [UInt8] = []
        for name in names {
            let file = package.appendingPathComponent(name)
            guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            all += Array(name.utf8) + [0] + Digest.sha256(Array(try Data(contentsOf: file)))
        }
        return String(Digest.hex(Digest.sha256(all)).prefix(32))
    }

    private static var system: String {
        let version = Bundle.main.infoDictionary?["CFBundleVersion"] as? String ?? "0"
        let text = ProcessInfo.processInfo.operatingSystemVersionString + "-" + version
        return String(text.map { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" ? $0 : "_" })
    }

    /// Among what the system may drop and no backup needs; it is then compiled again.
    private static func folder(of package: URL) throws -> URL {
        let caches = try FileManager.default.url(
            for: .cachesDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        let name = package.deletingPathExtension().lastPathComponent
        return caches.appendingPathComponent("NeuroLite/CoreML").appendingPathComponent(name)
    }
}
#endif
