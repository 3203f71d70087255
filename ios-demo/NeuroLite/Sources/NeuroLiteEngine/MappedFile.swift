import Foundation
import NeuroLiteCore

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A file's bytes in memory that the system may drop and read again, so that a model's weights are not the app's own.
final class MappedFile: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    let count: Int

    init(_ url: URL) throws {
        let name = url.lastPathComponent
        let file = open(url.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw NeuroLiteError(.artifact, "\(name) cannot be read: \(String(cString: strerror(errno))).")
        }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_size > 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw NeuroLiteError(.artifact, "\(name) is empty or no file. Give a model that neurolite-export wrote.")
        }
        count = Int(facts.st_size)
        guard let place = mmap(nil, count, PROT_READ, MAP_PRIVATE, file, 0), place != MAP_FAILED else {
            throw NeuroLiteError(.artifact, "\(name) cannot be mapped: \(String(cString: strerror(errno))).")
        }
        start = place
    }

    deinit { munmap(start, count) }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}
