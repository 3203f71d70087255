import Foundation

/// Files from anywhere, read whole, and ours, written so that neither a crash nor a power cut leaves half of one.
enum Files {
    static func read(_ url: URL, most: Int, _ kind: NeuroLiteError.Kind) throws -> [UInt8] {
        let name = url.lastPathComponent
        let found: Data
        do {
            found = try Data(contentsOf: url)
        } catch {
            throw NeuroLiteError(kind, "\(name) cannot be read: \(error.localizedDescription)")
        }
        guard found.count <= most else { throw NeuroLiteError(kind, "\(name) has more than \(most) bytes.") }
        return Array(found)
    }

    /// A reader has the old content or all of the new one. Foundation's `.atomic` does not say that it syncs.
    static func write(_ content: [UInt8], to url: URL) throws {
        let folder = url.deletingLastPathComponent()
        let part = folder.appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString)")
        do {
            try Data(content).write(to: part, options: .withoutOverwriting)
            try sync(part)
            guard rename(part.path, url.path) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
            try sync(folder)
        } catch {
            try? FileManager.default.removeItem(at: part)
            throw NeuroLiteError(
                .input, "\(url.lastPathComponent) cannot be written: \(error.localizedDescription) Make room.")
        }
    }

    private static func sync(_ url: URL) throws {
        let handle = open(url.path, O_RDONLY)
        defer { close(handle) }
        guard handle >= 0, fsync(handle) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }
}
