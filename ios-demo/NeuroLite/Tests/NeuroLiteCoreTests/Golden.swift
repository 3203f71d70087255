import Foundation
import XCTest

@testable import NeuroLiteCore

/// The vectors of tests/golden, to which every language is held; or others of their form, in $NEUROLITE_VECTORS.
enum Golden {
    static let folder =
        ProcessInfo.processInfo.environment["NEUROLITE_VECTORS"].map { URL(fileURLWithPath: $0) }
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../../tests/golden").standardized

    static func json(_ name: String) throws -> JSON {
        try XCTUnwrap(JSON.read(try bytes("\(name).json")), "\(name).json is no JSON")
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func scratch() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }
}

extension JSON {
    /// The rows of a list, of which there must be some.
    func rows(_ name: String) throws -> [JSON] {
        let found = try XCTUnwrap(self[name]?.array, name)
        XCTAssertFalse(found.isEmpty, "\(name) has no rows")
        return found
    }

    var label: String { self["name"]?.string ?? "" }

    func hex(_ name: String) throws -> [UInt8] { try XCTUnwrap(self[name]?.string.flatMap(Digest.bytes(hex:)), name) }

    func number(_ name: String) throws -> Int { try XCTUnwrap(self[name]?.int, name) }

    func numbers(_ name: String) throws -> [Double] { try XCTUnwrap(self[name]?.array, name).compactMap(\.double) }

    /// Bytes of a string that is given as UTF-16 units.
    func units(_ name: String = "utf16") throws -> [UInt8] {
        let raw = try hex(name)
        return Bytes.of(utf16: stride(from: 0, to: raw.count, by: 2).map { UInt16(raw[$0]) << 8 | UInt16(raw[$0 + 1]) })
    }

    /// float32, little-endian.
    func floats(_ name: String) throws -> [Float] {
        let raw = try hex(name)
        var reader = ByteReader(raw[...])
        return try XCTUnwrap(reader.floats(raw.count / 4), name)
    }
}

/// Metadata as a file would have it, with what a test needs.
func metadata(_ changes: [String: JSON] = [:]) throws -> Metadata {
    var values: [String: JSON] = [
        "schema_version": .int(2), "hash_version": .int(2), "task": .string("classification"),
        "labels": .array([.string("yes"), .string("no")]), "threshold": .double(0.5), "max_words": .int(256),
        "max_bytes": .int(4096), "num_hashes": .int(16), "table_size": .int(8192), "embedding_size": .int(8),
        "parameters": .int(1000), "target": .string("c"), "precision": .string("int8"), "name": .string("toy"),
        "weights": .string("made"), "model_id": .string("0123456789abcdef0123456789abcdef"),
        "input_name": .string("bytes"), "input_type": .string("uint8"), "buckets": .array([]),
        "outputs": .array([.string("logits"), .string("embedding")]), "tools": .object([]),
    ]
    values.merge(changes) { $1 }
    let members = values.map { JSON.Member($0.key, $0.value) }
    return try Metadata(json: Array(JSON.object(members).text().utf8), source: "toy.nlm")
}

func assertClose(
    _ one: Double?, _ other: Double?, _ accuracy: Double, _ what: String, file: StaticString = #filePath,
    line: UInt = #line
) {
    switch (one, other) {
    case (nil, nil): return
    case (.some(let one), .some(let other)):
        XCTAssertEqual(one, other, accuracy: accuracy, what, file: file, line: line)
    default: XCTFail("\(what): \(String(describing: one)) and \(String(describing: other))", file: file, line: line)
    }
}
