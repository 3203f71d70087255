import Foundation
import NeuroLiteCore
import XCTest

@testable import NeuroLiteEngine

/// The C runtime below Swift. Models are made by `make ios`, and lie in $NEUROLITE_MODELS; without them tests say so.
final class EngineTests: XCTestCase {
    private func model(_ name: String) throws -> NativeModel {
        guard let folder = ProcessInfo.processInfo.environment["NEUROLITE_MODELS"] else {
            throw XCTSkip("NEUROLITE_MODELS names no folder of models; `make ios` makes them.")
        }
        return try NativeModel(URL(fileURLWithPath: folder).appendingPathComponent("\(name).nlm"))
    }

    func testRefusals() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).nlm")
        for content in [Data(), Data("no model".utf8), Data(count: 4096)] {
            try content.write(to: file)
            XCTAssertThrowsError(try NativeModel(file)) { XCTAssertEqual(($0 as? NeuroLiteError)?.kind, .artifact) }
        }
        XCTAssertThrowsError(try NativeModel(file.appendingPathExtension("gone")))
        XCTAssertThrowsError(try NativeModel(FileManager.default.temporaryDirectory))
    }

    func testEveryWrongByteIsFound() throws {
        let whole = try model("intents")
        guard let folder = ProcessInfo.processInfo.environment["NEUROLITE_MODELS"] else { return }
        let content = try Data(contentsOf: URL(fileURLWithPath: folder).appendingPathComponent("intents.nlm"))
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).nlm")
        for place in stride(from: 0, to: content.count, by: content.count / 25) {
            var wrong = content
            wrong[place] ^= 1
            try wrong.write(to: file)
            XCTAssertThrowsError(try NativeModel(file), "byte \(place)")
        }
        XCTAssertEqual(whole.metadata.labels.count, 150)
    }

    func testAnswers() async throws {
        let reader = Reader(try model("intents"))
        let answer = try await reader.answer("set an alarm for six")
        XCTAssertEqual(answer.label, "alarm")
        XCTAssertEqual(answer.best.count, 3)
        let nothing = try await reader.answer("")
        XCTAssertEqual(nothing.words, 0)
        let long = try await reader.answer(String(repeating: "wake me up ", count: 2_000))
        XCTAssert(long.isTruncated)
    }

    func testManyAtOnceAreAsOneByOne() async throws {
        let model = try model("intents")
        let texts = (0..<200).map { Array("text \($0) says wake me up at \($0 % 24) ok".utf8) }
        let alone = try texts.map { try model.answer($0) }
        let together = try await withThrowingTaskGroup(of: (Int, Outputs).self) { group in
            for (at, text) in texts.enumerated() { group.addTask { (at, try await model.run(text, state: nil)) } }
            return try await group.reduce(into: [Int: Outputs]()) { $0[$1.0] = $1.1 }
        }
        for (at, outputs) in alone.enumerated() { XCTAssertEqual(together[at], outputs) }
    }

    func testTenThousandTextsTakeNoMemory() throws {
        let model = try model("intents")
        func ask(_ count: Int) throws {
            for at in 0..<count { _ = try model.answer(Array("wake me up at \(at % 24)".utf8)) }
        }
        try ask(500)
        let before = residentBytes()
        try ask(10_000)
        XCTAssertLessThan(residentBytes() - before, 1 << 20)
    }

    private func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(getpagesize())
    }

    func testConversation() async throws {
        let model = try model("dialogues")
        let conversation = try Conversation(Reader(model))
        let first = try await conversation.ask("for two people")
        _ = try await conversation.remember("I want to book a table")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).nlstate")
        try await conversation.save(to: file)
        let then = try await conversation.ask("for two people")
        XCTAssertNotEqual(first.best, then.best)
        let later = try Conversation(Reader(model))
        try await later.open(file)
        let again = try await later.ask("for two people")
        XCTAssertEqual(again, then)
    }

    func testTurnsAtOnceAreTakenOneByOne() async throws {
        let conversation = try Conversation(Reader(try model("dialogues")))
        await withTaskGroup(of: Void.self) { group in
            for turn in 0..<10 { group.addTask { _ = try? await conversation.remember("text \(turn)") } }
        }
        let turns = await conversation.turns
        XCTAssertEqual(turns, 10)
        await conversation.forget()
        let after = await conversation.turns
        XCTAssertEqual(after, 0)
    }

    func testTeaching() async throws {
        let folder = FileManager.default.temporaryDirectory
        let learner = try Learner(try model("english"), file: folder.appendingPathComponent("\(UUID().uuidString).nls"))
        for text in ["I can't pay my bill", "my invoice is wrong", "charge me again"] {
            _ = try await learner.add("billing", text)
        }
        for text in ["the app crashes", "it does not start", "I see an error"] {
            _ = try await learner.add("bug", text)
        }
        let found = try await learner.classify("the program crashed with an error")
        XCTAssertEqual(found.label, "bug")
        XCTAssertEqual(found.evidence.count, 3)
        XCTAssertNotNil(found.score)
    }
}
