import XCTest

@testable import NeuroLiteCore

final class StoreTests: XCTestCase {
    private var tolerance = 2e-5

    func testHalves() throws {
        for row in try Golden.json("apps/stores").rows("halves") {
            let pair = try XCTUnwrap(row.array).compactMap(\.string).compactMap(Digest.bytes(hex:))
            let value = Float(bitPattern: pair[0].reversed().reduce(0) { $0 << 8 | UInt32($1) })
            let half = UInt16(pair[1][1]) << 8 | UInt16(pair[1][0])
            XCTAssertEqual(Half.bits(value), half, "\(value)")
            XCTAssertEqual(Half.bits(Half.float(half)), half)
        }
    }

    func testCases() async throws {
        for row in try Golden.json("apps/stores").rows("cases") { try await check(row) }
    }

    private func check(_ row: JSON) async throws {
        let folder = try Golden.scratch()
        let file = folder.appendingPathComponent("store.nls")
        let begin = try XCTUnwrap(row["begin"])
        let golden = try Golden.bytes("apps/\(try XCTUnwrap(row["file"]?.string))")
        let model = try toy(row)
        let learner = try Learner(
            model, file: file, dimension: try begin.number("dimension"), keepsTexts: begin["texts"]?.bool ?? true,
            settings: try XCTUnwrap(begin["settings"].flatMap(LearningSettings.init)))
        for operation in try row.rows("operations", orNone: true) {
            try await perform(operation, learner, row.label)
            let records = Array(try Data(contentsOf: file)).dropFirst(try headerSize(file))
            XCTAssertEqual(records.count, try operation.number("record_bytes"), row.label)
        }
        let written = Array(try Data(contentsOf: file))
        XCTAssertEqual(written, golden, "\(row.label): other bytes")
        let labels = await learner.labels()
        let shown = labels.map { JSON.array([.string($0.name), .int($0.examples), .int($0.prototypes)]) }
        XCTAssertEqual(shown, row["labels"]?.array, row.label)
        let examples = try await learner.examples().map { JSON.array([.int($0.id), .string($0.label)]) }
        XCTAssertEqual(examples, row["examples"]?.array, row.label)
        for query in try row.rows("queries") { try await ask(query, learner, row.label) }
    }

    private func headerSize(_ file: URL) throws -> Int {
        try StoreHeader.read(Array(try Data(contentsOf: file)), source: "store.nls").1
    }

    private func toy(_ row: JSON) throws -> Toy {
        let artifact = try XCTUnwrap(row["artifact"])
        let labels = try XCTUnwrap(artifact["labels"]?.strings)
        var facts: [String: JSON] = ["task": .string(labels.isEmpty ? "embedding" : "classification")]
        for name in ["model_id", "name", "embedding_size", "max_bytes", "similarities", "labels", "threshold"] {
            facts[name] = artifact[name]
        }
        facts["outputs"] = .array((labels.isEmpty ? ["embedding"] : ["logits", "embedding"]).map(JSON.string))
        var found = Toy(try metadata(facts))
        let spoken = try row.rows("operations", orNone: true).filter { $0["utf16"] != nil }
        for item in spoken { try tell(&found, try item.units(), item) }
        for item in try row.rows("queries") { try tell(&found, Bytes.of(item["query"]?.string ?? ""), item) }
        return found
    }

    private func tell(_ toy: inout Toy, _ text: [UInt8], _ item: JSON) throws {
        let logits = item["logits"]?.array?.compactMap(\.double).map(Float.init) ?? []
        let cut = Cut(text, limit: toy.metadata.maxBytes).bytes
        toy.answers[cut] = Outputs(words: 1, logits: logits, embedding: try item.floats("vector"))
    }

    private func perform(_ operation: JSON, _ learner: Learner, _ name: String) async throws {
        do {
            let label = operation["label"]?.string ?? ""
            var ids: [Int]?
            switch operation["do"]?.string {
            case "add": ids = [try await learner.add(label, try operation.units())]
            case "correct": ids = [try await learner.correct(label, try operation.units())]
            case "remove": try await learner.remove(try operation.number("id"))
            case "merge": try await learner.merge(label, into: operation["into"]?.string ?? "")
            case "forget": try await learner.forget(label)
            case "import":
                let file = try XCTUnwrap(operation["file"]?.string)
                ids = try await learner.merge(Golden.folder.appendingPathComponent("apps/\(file)"))
            default: try await learner.compact()
            }
            XCTAssertNil(operation["refused"], "\(name): it was done")
            let wanted = operation["ids"]?.array?.compactMap(\.int) ?? operation["id"]?.int.map { [$0] }
            if let ids { XCTAssertEqual(ids, wanted, name) }
        } catch let error as NeuroLiteError {
            XCTAssertEqual(operation["refused"], .bool(true), "\(name): \(error)")
        }
    }

    private func ask(_ query: JSON, _ learner: Learner, _ name: String) async throws {
        let text = query["query"]?.string ?? ""
        let what = "\(name): \(text)"
        guard query["refused"] == nil else {
            do {
                _ = try await learner.classify(text)
                XCTFail("\(what) was answered")
            } catch is NeuroLiteError {}
            return
        }
        let found = try await learner.classify(text)
        XCTAssertEqual(found.label, query["label"]?.string, what)
        assertClose(found.score, query["score"]?.double, tolerance, what)
        assertClose(found.inScope, query["in_scope"]?.double, tolerance, what)
        XCTAssertEqual(found.abstained, query["abstained"]?.bool, what)
        XCTAssertEqual(found.source.rawValue, query["source"]?.string, what)
        for (side, key) in [(found.learned, "learned"), (found.trained, "trained")] {
            let wanted = query[key].flatMap { $0.isNull ? nil : $0 }
            XCTAssertEqual(side?.label, wanted?["label"]?.string, what)
            assertClose(side?.score, wanted?["score"]?.double, tolerance, what)
            assertClose(side?.inScope, wanted?["in_scope"]?.double, tolerance, what)
        }
        let evidence = try query.rows("evidence", orNone: true).compactMap(\.array)
        XCTAssertEqual(found.evidence.map(\.id), evidence.compactMap { $0[0].int }, what)
        XCTAssertEqual(found.evidence.map(\.label), evidence.compactMap { $0[1].string }, what)
        for (item, wanted) in zip(found.evidence, evidence) {
            assertClose(item.cosine, wanted[2].double, tolerance, what)
        }
    }

    func testUsesBehindTheLastEventAreWritten() throws {
        var memory = Memory(
            StoreHeader(
                modelID: String(repeating: "0", count: 32), encoder: "toy", encoderDimension: 1, dimension: 1,
                keepsTexts: true, similarity: nil, ownFirst: false, settings: LearningSettings(), labels: ["chess"],
                clock: Int(UInt32.max)))
        let example = Record.Example(
            id: 1, label: 0, clock: Int(UInt32.max), strength: 0.5, vector: [1], text: [])
        try memory.apply(.example(example))
        try memory.apply(.use([Record.Reward(id: 1, reward: 1)]))
        let (_, records) = memory.compacted()
        guard case .example(let found) = records.first else { return XCTFail("no example") }
        XCTAssertEqual(found.clock, Int(UInt32.max))
        XCTAssertEqual(records[0].bytes.count, 12 + 20 + 2 + 4)
    }

    func testFilesThatCannotBeReadOrWritten() async throws {
        let model = try toy(try XCTUnwrap(try Golden.json("apps/stores").rows("cases").first { $0.label == "plain" }))
        let folder = try Golden.scratch()
        XCTAssertThrowsError(try Learner(model, file: folder)) { XCTAssertEqual(($0 as? NeuroLiteError)?.kind, .store) }
        let nowhere = folder.appendingPathComponent("no/store.nls")
        XCTAssertThrowsError(try Learner(model, file: nowhere)) { XCTAssert($0 is NeuroLiteError, "\($0)") }
        let learner = try Learner(model, file: folder.appendingPathComponent("store.nls"))
        try await learner.compact()
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["store.nls"])
    }

    func testTornFiles() throws {
        for row in try Golden.json("apps/stores").rows("torn") {
            let content = try changed(row)
            XCTAssertEqual(content.count, try row.number("size"), row.label)
            let found = try StoreContent(content, source: "store.nls")
            XCTAssertEqual(found.end, try row.number("end"), row.label)
            XCTAssertEqual(found.memory.count, try row.number("examples"), row.label)
        }
    }

    func testRefusedFiles() async throws {
        let golden = try Golden.json("apps/stores")
        let model = try toy(try XCTUnwrap(try golden.rows("cases").first { $0.label == "plain" }))
        let file = try Golden.scratch().appendingPathComponent("store.nls")
        for row in try golden.rows("refused") {
            try Data(try changed(row)).write(to: file)
            XCTAssertThrowsError(try Learner(model, file: file), row.label) { error in
                XCTAssertEqual((error as? NeuroLiteError)?.kind, .store, row.label)
            }
        }
    }

    private func changed(_ row: JSON) throws -> [UInt8] {
        var content = try Golden.bytes("apps/\(try XCTUnwrap(row["of"]?.string))")
        for change in try row.rows("change", orNone: true) {
            let parts = try XCTUnwrap(change.array)
            let (place, gone) = (try XCTUnwrap(parts[0].int), try XCTUnwrap(parts[1].int))
            content.replaceSubrange(
                place..<place + gone, with: try XCTUnwrap(parts[2].string.flatMap(Digest.bytes(hex:))))
        }
        return content
    }
}
