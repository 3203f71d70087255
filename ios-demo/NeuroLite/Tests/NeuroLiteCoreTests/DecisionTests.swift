import XCTest

@testable import NeuroLiteCore

final class DecisionTests: XCTestCase {
    func testCases() throws {
        let golden = try Golden.json("apps/decisions")
        for row in try golden.rows("cases") { try check(row, golden) }
    }

    func testRules() throws {
        let golden = try Golden.json("apps/decisions")
        for row in try golden.rows("ruled") {
            let answer = try check(row, golden, fired: try row.numbers("rules").map { $0 == 1 })
            if row["fired"] != nil {
                let found = answer.rules.map { rule in
                    JSON.object([
                        "name": .string(rule.rule.name), "does": .string(rule.rule.does),
                        "reason": .string(rule.rule.reason), "overruled": .bool(rule.isOverruled),
                    ])
                }
                XCTAssertEqual(found, row["fired"]?.array, row.label)
            } else {
                let lost = Set(answer.rules.filter(\.isOverruled).map(\.rule.name))
                XCTAssertEqual(lost, Set(try XCTUnwrap(row["overruled"]?.strings)), row.label)
            }
        }
    }

    @discardableResult
    private func check(_ row: JSON, _ golden: JSON, fired: [Bool] = []) throws -> Answer {
        let labels = row["labels_of_model"] ?? golden["labels"] ?? .null
        var facts: [String: JSON] = [
            "labels": labels, "task": row["task"] ?? .null, "threshold": row["threshold"] ?? .null,
        ]
        if !fired.isEmpty {
            facts["rules"] = golden["rules"]
            facts["outputs"] = .array([.string("logits"), .string("rules")])
        }
        let logits = try row.numbers("logits").map(Float.init)
        let answer = Answer(
            text: [], outputs: Outputs(words: 1, logits: logits, rules: fired), metadata: try metadata(facts),
            isTruncated: false, top: logits.count)
        let accuracy = try XCTUnwrap(golden["tolerance"]?.double)
        let names = try XCTUnwrap(labels.strings)
        for (at, chance) in try row.numbers("probabilities").enumerated() {
            assertClose(answer.best.first { $0.label == names[at] }?.score, chance, accuracy, row.label)
        }
        if row["labels"] != nil {
            let given = try row.rows("labels", orNone: true)
            XCTAssertEqual(answer.labels.map(\.label), given.compactMap { $0.array?.first?.string }, row.label)
            return answer
        }
        XCTAssertEqual(answer.best.map(\.label), row["ranked"]?.strings, row.label)
        XCTAssertEqual(answer.best.first?.label, row["label"]?.string, row.label)
        assertClose(answer.best.first?.score, row["score"]?.double, accuracy, row.label)
        assertClose(answer.inScope, row["in_scope"]?.double, accuracy, row.label)
        XCTAssertEqual(answer.abstained, row["abstained"]?.bool, row.label)
        XCTAssertEqual(answer.label == nil, row["abstained"]?.bool == true, row.label)
        return answer
    }

    func testSpans() throws {
        let golden = try Golden.json("apps/spans")
        let facts = JSON.object(["types": golden["types"] ?? .null, "thresholds": golden["thresholds"] ?? .null])
        let model = try metadata([
            "spans": facts, "max_words": golden["max_words"] ?? .null, "max_bytes": golden["max_bytes"] ?? .null,
            "outputs": .array(["logits", "tags", "offsets"].map(JSON.string)),
        ])
        for row in try golden.rows("cases") {
            let tags = try XCTUnwrap(row["tags"]?.array).flatMap { $0.array ?? [] }.compactMap(\.double)
            let offsets = try XCTUnwrap(row["offsets"]?.array).compactMap { $0.array?.compactMap(\.int) }
            let outputs = Outputs(
                words: try row.number("words"), logits: [0, 0], tags: tags.map(Float.init),
                offsets: offsets.map { $0[0]..<$0[1] })
            let answer = Answer(text: try row.units(), outputs: outputs, metadata: model, isTruncated: false)
            let wanted = try row.rows("spans", orNone: true)
            XCTAssertEqual(answer.spans.count, wanted.count, row.label)
            for (span, expected) in zip(answer.spans, wanted) { try check(span, expected, row) }
        }
    }

    private func check(_ span: Span, _ expected: JSON, _ row: JSON) throws {
        XCTAssertEqual(span.type, expected["type"]?.string, row.label)
        XCTAssertEqual(span.bytes, try expected.range("start_byte", "end_byte"), row.label)
        assertClose(span.score, expected["score"]?.double, 1e-6, row.label)
        // Of a string with half a pair, which Swift has not, characters are counted otherwise.
        guard let text = Bytes.text(try row.units()) else { return }
        XCTAssertEqual(span.characters, try expected.range("start", "end"), row.label)
        XCTAssertEqual(Bytes.of(span.text), try expected.units("text_utf16"), row.label)
        let marked = try XCTUnwrap(span.range(in: text), row.label)
        let units = try expected.range("start_utf16", "end_utf16")
        XCTAssertEqual(
            marked.lowerBound.utf16Offset(in: text)..<marked.upperBound.utf16Offset(in: text), units, row.label)
    }

    func testDecodingAlone() throws {
        let golden = try Golden.json("spans")
        let types = try XCTUnwrap(golden["types"]?.array).count
        for row in try golden.rows("decoding") {
            let tags = try XCTUnwrap(row["tags"]?.array).flatMap { $0.array ?? [] }.map(DecisionTests.logit)
            let thresholds = row["thresholds"]?.array?.compactMap(\.double) ?? []
            let found = SpanDecoder.spans(
                tags: tags, words: try row.number("words"), types: types, thresholds: thresholds)
            let wanted = try row.rows("spans", orNone: true)
            XCTAssertEqual(found.map(\.first), try wanted.map { try $0.number("first") }, row.label)
            XCTAssertEqual(found.map(\.behind), try wanted.map { try $0.number("behind") }, row.label)
            XCTAssertEqual(found.map(\.type), try wanted.map { try $0.number("type") }, row.label)
            for (span, expected) in zip(found, wanted) {
                assertClose(span.score, expected["score"]?.double, 1e-6, row.label)
            }
        }
    }

    /// Numbers that JSON has no way to write are names there.
    private static func logit(_ value: JSON) -> Float {
        value.double.map(Float.init) ?? Float(value.string?.lowercased() ?? "nan") ?? .nan
    }

    func testPlacesOfCharacters() throws {
        for row in try Golden.json("spans").rows("texts") {
            let places = CharacterPlaces(try row.hex("bytes"))
            let offsets = try row.rows("offsets").compactMap { $0.array?.compactMap(\.int) }
            let wanted = try row.rows("characters").compactMap { $0.array?.compactMap(\.int) }
            XCTAssertEqual(
                offsets.map { places.characters(of: $0[0]..<$0[1]) }, wanted.map { $0[0]..<$0[1] }, row.label)
        }
    }
}

extension JSON {
    func rows(_ name: String, orNone: Bool) throws -> [JSON] { try XCTUnwrap(self[name]?.array, name) }
    func range(_ from: String, _ to: String) throws -> Range<Int> { try number(from)..<number(to) }
}
