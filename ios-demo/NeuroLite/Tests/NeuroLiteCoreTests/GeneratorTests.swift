import XCTest

@testable import NeuroLiteCore

final class GeneratorTests: XCTestCase {
    private static let bytes = (0..<256).map { "<0x" + Digest.hex([UInt8($0)]).uppercased() + ">" }
    private static let noWords = ["<unk>", "</s>"] + bytes

    private func facts(_ golden: JSON, _ limits: [Int], _ changes: [String: JSON] = [:]) throws -> Metadata {
        let labels = Self.noWords + (try XCTUnwrap(golden["words"]?.strings))
        var values: [String: JSON] = [
            "task": .string("generation"), "labels": .array(labels.map(JSON.string)), "threshold": .null,
            "outputs": .array([.string("logits")]), "max_words": .int(limits[0]), "max_bytes": .int(limits[1]),
        ]
        values.merge(changes) { $1 }
        return try metadata(values)
    }

    func testWordsAreOfferedAsPythonOffersThem() async throws {
        let golden = try Golden.json("apps/generation")
        let accuracy = try XCTUnwrap(golden["tolerance"]?.double)
        let others = Float(try XCTUnwrap(golden["others"]?.double))
        for row in try golden.rows("offered") {
            var model = Toy(try facts(golden, try row.numbers("limits").map { Int($0) }))
            for answer in try row.rows("answers") {
                let own = try answer.numbers("logits").map(Float.init)
                var logits = [Float](repeating: others, count: Self.noWords.count) + own.dropFirst()
                logits[1] = own[0]
                model.answers[try answer.hex("read")] = Outputs(words: 1, logits: logits)
            }
            let text = try row.hex("text")
            let calls: [(String, (Generator) async throws -> [Suggestion])] = [
                ("suggest", { try await $0.suggest(text, count: 3) }),
                ("complete", { try await $0.complete(text, count: 3) }),
                ("offer", { try await $0.offer(text, count: 3) }),
            ]
            for (name, call) in calls {
                let found = try await call(try Generator(model))
                let wanted = try XCTUnwrap(row[name]?.array).map { try XCTUnwrap($0.array) }
                let what = "\(row.label), \(name)"
                XCTAssertEqual(found.map { Digest.hex(Bytes.of($0.text)) }, wanted.compactMap(\.first?.string), what)
                for (own, known) in zip(found, wanted) { assertClose(own.score, known[1].double, accuracy, what) }
            }
        }
    }

    func testAModelWithAStateReadsEachWordOnceAndAnswersAsOneThatBeginsAnew() async throws {
        let golden = try Golden.json("apps/generation")
        let state = JSON.object([
            "name": .string("sum"), "shape": .array([.int(1)]), "dtype": .string("int32"), "initial": .int(0),
        ])
        let metadata = try facts(golden, [4, 24], ["state": .array([state])])
        let text = "How are you? I am fine.\nAnd the others, are they" + String(repeating: " ", count: 40) + "well"
        let model = Streaming(metadata)
        let typing = try Generator(model)
        for size in 0...text.count {
            let typed = String(text.prefix(size))
            let anew = try await Generator(Streaming(metadata)).offer(typed)
            let found = try await typing.offer(typed)
            XCTAssertEqual(found, anew, typed)
        }
        let before = await model.asked.count
        _ = try await typing.suggest(text + ".")
        let asked = await model.asked.dropFirst(before)
        XCTAssertEqual(Array(asked), [1])
    }

    func testWhatDoesNotWriteIsRefused() async throws {
        XCTAssertThrowsError(try Generator(Toy(try metadata())))
        let golden = try Golden.json("apps/generation")
        let labels = JSON.array([.string("a"), .string("b")])
        XCTAssertThrowsError(try Generator(Toy(try facts(golden, [4, 24], ["labels": labels]))))
    }
}

/// Its state and its logits tell all that it read: what is read twice, or left out, differs.
private actor Streaming: Model {
    nonisolated let metadata: Metadata
    nonisolated let runtime = "toy"
    private(set) var asked: [Int] = []

    init(_ metadata: Metadata) {
        self.metadata = metadata
    }

    func run(_ text: [UInt8], state: ModelState?) async throws -> Outputs {
        asked.append(text.count)
        let before = Int(state?.flat.first ?? 0)
        let sum = WordBorders(text).words.reduce(before) { all, word in
            text[word].reduce((all * 7 + 1) % 997) { ($0 * 31 + Int($1)) % 997 }
        }
        let logits = metadata.labels.indices.map { Float((sum + 1) * ($0 + 3) % 101) / 8 }
        return Outputs(words: 1, logits: logits, state: ModelState([[UInt32(sum)]], specs: metadata.state))
    }
}
