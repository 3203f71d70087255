import XCTest

@testable import NeuroLiteCore

final class FileTests: XCTestCase {
    func testDigests() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        XCTAssertEqual(Digest.hex(Digest.sha256([UInt8]())), empty)
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        XCTAssertEqual(Digest.hex(Digest.sha256(Array("abc".utf8))), abc)
        let million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        XCTAssertEqual(Digest.hex(Digest.sha256([UInt8](repeating: 0x61, count: 1_000_000))), million)
        XCTAssertEqual(Digest.crc32("123456789".utf8), 0xCBF4_3926)
    }

    func testFactsOfFilesAndFolders() throws {
        let folder = try Golden.scratch()
        try Data("abc".utf8).write(to: folder.appendingPathComponent("one"))
        let (size, digest) = try FileFacts.of(folder.appendingPathComponent("one"))
        XCTAssertEqual(size, 3)
        XCTAssertEqual(digest, Digest.hex(Digest.sha256(Array("abc".utf8))))
        let whole = try FileFacts.of(folder)
        XCTAssertEqual(whole.0, 3)
        try FileManager.default.moveItem(
            at: folder.appendingPathComponent("one"), to: folder.appendingPathComponent("two"))
        XCTAssertNotEqual(try FileFacts.of(folder).1, whole.1)
        XCTAssertThrowsError(try FileFacts.of(folder.appendingPathComponent("none")))
    }

    func testJSON() throws {
        let text = #"{"a":[1,-2,0.5,1e3,true,null],"b":"\u00fc\ud83d\ude00\n\"\\\/","c":{}}"#
        let value = try XCTUnwrap(JSON.read(text.utf8))
        XCTAssertEqual(value["a"], .array([.int(1), .int(-2), .double(0.5), .double(1000), .bool(true), .null]))
        XCTAssertEqual(value["b"]?.string, "ü😀\n\"\\/")
        XCTAssertEqual(JSON.read(value.text().utf8), value)
        let wrong = [
            "", "{", "[1,]", "01", "1.", ".5", "+1", "nul", "[1] 2", #"{"a":1,"a":2}"#, "\"\u{01}\"", #""\ud83d""#,
            #""\x""#,
            "NaN", "[" + String(repeating: "[", count: 100), "1e999", "\"a",
        ]
        for text in wrong { XCTAssertNil(JSON.read(text.utf8), text) }
        XCTAssertNil(JSON.read([0x22, 0xFF, 0x22]))
    }

    func testMetadata() throws {
        XCTAssertEqual(try metadata().labels, ["yes", "no"])
        let wrong: [[String: JSON]] = [
            ["schema_version": .int(3)], ["hash_version": .int(1)], ["task": .string("poetry")], ["labels": .int(1)],
            ["threshold": .double(1)], ["max_bytes": .int(1 << 20)], ["model_id": .string("x")],
            ["outputs": .array([.string("embedding")])], ["task": .string("multi_label"), "threshold": .null],
            ["buckets": .array([.object(["num_bytes": .int(64), "num_words": .int(16)])])],
            ["rules": .array([.object(["name": .string("r")])])], ["max_words": .int(0)],
            ["labels": .array([.string("a"), .string("a")])],
        ]
        for changes in wrong {
            XCTAssertThrowsError(try metadata(changes), "\(changes)") { error in
                XCTAssertEqual((error as? NeuroLiteError)?.kind, .artifact)
            }
        }
    }
}
