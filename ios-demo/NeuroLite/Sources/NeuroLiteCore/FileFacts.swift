import Foundation

/// Bytes and SHA-256 of a file, or of all files of a folder with their names.
public enum FileFacts {
    public static func of(_ url: URL) throws -> (Int, String) {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        guard isFolder.boolValue else {
            let content = try Data(contentsOf: url)
            return (content.count, Digest.hex(Digest.sha256(content)))
        }
        var size = 0
        var all: [UInt8] = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: url.path).sorted() {
            guard let content = try? Data(contentsOf: url.appendingPathComponent(name)) else { continue }
            size += content.count
            all += Array(name.utf8) + [0] + Digest.sha256(content)
        }
        return (size, Digest.hex(Digest.sha256(all)))
    }
}
