import XCTest

@testable import NeuroLiteCore

final class StateTests: XCTestCase {
    private func specs(_ golden: JSON) throws -> [StateSpec] {
        try golden.rows("state").map { try XCTUnwrap(StateSpec(json: $0)) }
    }

    private func state(_ values: JSON, _ specs: [StateSpec]) throws -> ModelState {
        let bits = try specs.map { try values.floats($0.name).map(\.bitPattern) }
        return try XCTUnwrap(ModelState(bits, specs: specs))
    }

    func testFiles() throws {
        let golden = try Golden.json("apps/states")
        let specs = try specs(golden)
        let modelID = try XCTUnwrap(golden["model_id"]?.string)
        for row in try golden.rows("files") {
            let saved = SavedState(
                modelID: modelID, turns: try row.number("turns"), specs: specs,
                state: try state(try XCTUnwrap(row["values"]), specs))
            XCTAssertEqual(Digest.hex(saved.bytes), row["bytes"]?.string, row.label)
            XCTAssertEqual(try SavedState(try row.hex("bytes"), source: "s.nlstate"), saved)
        }
        XCTAssertEqual(ModelState(start: specs), try state(try XCTUnwrap(golden["initial"]), specs))
    }

    func testRefusals() async throws {
        let golden = try Golden.json("apps/states")
        let reader = Reader(
            Toy(
                try metadata([
                    "state": golden["state"] ?? .null, "model_id": golden["model_id"] ?? .null,
                ])))
        let folder = try Golden.scratch()
        for row in try golden.rows("refused") {
            let file = folder.appendingPathComponent("s.nlstate")
            try Data(try row.hex("bytes")).write(to: file)
            let conversation = try Conversation(reader)
            do {
                try await conversation.open(file)
                XCTFail("\(row.label) was taken")
            } catch let error as NeuroLiteError {
                XCTAssertEqual(error.kind, .state, row.label)
            }
        }
    }

    func testOlderFile() throws {
        let content = try Golden.bytes("state/plain.nlstate")
        let saved = try SavedState(content, source: "plain.nlstate")
        XCTAssertEqual(saved.bytes, content)
        XCTAssertEqual(saved.turns, try Golden.json("state/plain").number("turns"))
    }

    func testConversation() async throws {
        let golden = try Golden.json("apps/states")
        let model = try metadata(["state": golden["state"] ?? .null])
        let toy = Toy(model)
        let conversation = try Conversation(Reader(toy))
        _ = try await conversation.ask("one")
        var turns = await conversation.turns
        XCTAssertEqual(turns, 0)
        _ = try await conversation.remember("one")
        _ = try await conversation.remember("two")
        let file = try Golden.scratch().appendingPathComponent("c.nlstate")
        try await conversation.save(to: file)
        await conversation.forget()
        turns = await conversation.turns
        XCTAssertEqual(turns, 0)
        try await conversation.open(file)
        turns = await conversation.turns
        XCTAssertEqual(turns, 2)
        XCTAssertThrowsError(try Conversation(Reader(Toy(try metadata()))))
    }
}
