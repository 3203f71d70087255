import XCTest

@testable import NeuroLiteCore

final class TextTests: XCTestCase {
    func testBytesOfStrings() throws {
        for row in try Golden.json("apps/texts").rows("texts") {
            let bytes = try row.hex("bytes")
            XCTAssertEqual(try row.units(), bytes, row.label)
            // Swift's strings have no lone surrogates; all others are the same by either way.
            if let whole = Bytes.text(bytes) { XCTAssertEqual(Bytes.of(whole), bytes, row.label) }
        }
    }

    func testCuts() throws {
        for row in try Golden.json("apps/texts").rows("cuts") {
            let text = try row.hex("bytes")
            let limit = try row.number("max_bytes")
            let cut = Cut(text, limit: limit)
            XCTAssertEqual(cut.bytes.count, try row.number("cut"), "\(row.label), \(limit)")
            XCTAssertEqual(cut.isTruncated, row["truncated"]?.bool, row.label)
            XCTAssert(text.starts(with: cut.bytes))
        }
    }

    func testClassesOfCharacters() throws {
        let rows = try Golden.json("apps/texts").rows("classes").map { try XCTUnwrap($0.array).compactMap(\.int) }
        XCTAssertEqual(CharacterClass.table.map { [Int($0.0), Int($0.1)] }, rows)
    }

    func testBuckets() throws {
        let golden = try Golden.json("apps/texts")
        for row in try golden.rows("runs") {
            let model = try XCTUnwrap(row["model"]?.string)
            let shapes = try XCTUnwrap(golden["buckets"]).rows(model).map { $0.array?.compactMap(\.int) ?? [] }
            let buckets = Buckets(shapes.map { Bucket(bytes: $0[0], words: $0[1]) })
            let first = buckets.first(bytes: try row.number("bytes"))
            XCTAssertEqual(first, try row.number("first"))
            XCTAssertEqual(buckets.next(after: first, words: try row.number("words")), try row.number("last"))
        }
    }

    func testPadding() {
        XCTAssertEqual(Buckets.withoutPadding([1, 0, 2, 0, 0]), [1, 0, 2])
        XCTAssertEqual(Buckets.withoutPadding([0, 0]), [])
    }
}
