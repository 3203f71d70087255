import Foundation

/// The file of a store: appended to durably, replaced atomically. One process at a time writes it.
struct StoreFile {
    let url: URL
    /// Bytes of it that are whole; what is behind is cut off with the first addition.
    private(set) var end: Int

    /// Opens a store, or begins one with this header where there is none.
    static func open(_ url: URL, beginning header: StoreHeader) throws -> (StoreFile, Memory) {
        if !FileManager.default.fileExists(atPath: url.path) { try Files.write(header.bytes, to: url) }
        let content = try Files.read(url, most: StoreContent.limit, .store)
        let found = try StoreContent(content, source: url.lastPathComponent)
        return (StoreFile(url: url, end: found.end), found.memory)
    }

    /// When this returns, the records are on the disk.
    mutating func append(_ records: [Record]) throws {
        let data = Data(records.flatMap(\.bytes))
        guard end + data.count <= StoreContent.limit else {
            throw NeuroLiteError(.input, "The store would have more than \(StoreContent.limit) bytes. Forget a label.")
        }
        guard let handle = try? FileHandle(forUpdating: url) else {
            throw NeuroLiteError(.input, "\(url.lastPathComponent) cannot be opened any more. Start the app again.")
        }
        defer { try? handle.close() }
        do {
            try handle.truncate(atOffset: UInt64(end))
            try handle.seek(toOffset: UInt64(end))
            try handle.write(contentsOf: data)
            try handle.synchronize()
        } catch {
            try? handle.truncate(atOffset: UInt64(end))
            throw NeuroLiteError(.input, "The store cannot be written: \(error.localizedDescription)")
        }
        end += data.count
    }

    /// Writes all anew: a reader has the old file or the new one, also after a crash.
    mutating func replace(_ header: StoreHeader, _ records: [Record]) throws {
        let content = header.bytes + records.flatMap(\.bytes)
        try Files.write(content, to: url)
        end = content.count
    }
}
