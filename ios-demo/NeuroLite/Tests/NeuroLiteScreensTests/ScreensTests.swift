import Foundation
import NeuroLiteCore
import XCTest

@testable import NeuroLiteScreens

/// What the screens do, without drawing them. Models are made by `make ios`, and lie in $NEUROLITE_MODELS.
@MainActor
final class ScreensTests: XCTestCase {
    private func library() throws -> ModelLibrary {
        guard let folder = ProcessInfo.processInfo.environment["NEUROLITE_MODELS"] else {
            throw XCTSkip("NEUROLITE_MODELS names no folder of models; `make ios` makes them.")
        }
        return ModelLibrary([URL(fileURLWithPath: folder)])
    }

    private func file(_ ending: String) -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).\(ending)")
    }

    func testAnswer() async throws {
        let screen = AnswerModel(try library())
        for typed in ["s", "set an", "set an alarm for six"] { screen.text = typed }
        await screen.settled()
        XCTAssertEqual(screen.answer?.label, "alarm")
        XCTAssertNil(screen.problem)
        XCTAssertGreaterThan(try XCTUnwrap(screen.milliseconds), 0)
        screen.text = ""
        XCTAssertNil(screen.answer)
    }

    func testNoModel() async throws {
        let screen = AnswerModel(ModelLibrary([file("folder")]))
        screen.text = "set an alarm"
        await screen.settled()
        XCTAssertEqual(screen.problem, "The app has no model 'intents'. Make it: make ios")
    }

    func testConversation() async throws {
        let kept = file("nlstate")
        let screen = ConversationModel(try library(), file: kept)
        await screen.begin()
        for said in ["I want to book a table", " ", "for two people"] {
            screen.text = said
            await screen.send()
        }
        XCTAssertNil(screen.problem)
        XCTAssertEqual(screen.remembered, 2)
        let later = ConversationModel(try library(), file: kept)
        await later.begin()
        XCTAssertEqual(later.remembered, 2)
        await later.forget()
        XCTAssertEqual(later.remembered, 0)
        XCTAssertFalse(FileManager.default.fileExists(atPath: kept.path))
        try Data("no state".utf8).write(to: kept)
        let broken = ConversationModel(try library(), file: kept)
        await broken.begin()
        XCTAssertNotNil(broken.problem)
        broken.text = "I want to book a table"
        await broken.send()
        XCTAssertNil(broken.problem)
        XCTAssertEqual(broken.remembered, 1)
    }

    func testTeaching() async throws {
        let screen = TeachModel(try library(), file: file("nls"))
        await screen.begin()
        for (label, example) in [
            ("bug", "the app crashes"), ("bug", "I see an error"), ("bill", "my invoice is wrong"),
        ] {
            screen.label = label
            screen.example = example
            await screen.add()
        }
        XCTAssertEqual(screen.labels.map(\.name), ["bug", "bill"])
        screen.question = "an error again"
        await screen.ask()
        XCTAssertEqual(screen.answer?.label, "bug")
        await screen.correct(to: "bill")
        XCTAssertEqual(screen.answer?.label, "bill")
        let other = TeachModel(try library(), file: file("nls"))
        await other.importStore(screen.file)
        XCTAssertEqual(other.examples.map(\.text), screen.examples.map(\.text))
        await other.remove(try XCTUnwrap(other.examples.first?.id))
        await other.forget("bill")
        XCTAssertEqual(other.examples.map(\.text), ["I see an error"])
        let content = String(decoding: try Data(contentsOf: other.file), as: UTF8.self)
        XCTAssertFalse(content.contains("invoice"))
        screen.label = "bug"
        screen.example = "..."
        await screen.add()
    }

    func testBenchmark() async throws {
        let probe = BenchRun.Probe(memory: { 1 }, thermal: { BenchScreen.Thermal.none }, powerSaving: { false })
        let screen = BenchmarkModel(try library(), probe: probe, device: .object([]))
        await screen.begin()
        XCTAssertEqual(screen.runtimes, [.native])
        screen.run(runs: 5)
        await screen.settled()
        XCTAssertNil(screen.result?.whyNot)
        XCTAssertEqual(screen.times(12)?.runs, 5)
        let report = try XCTUnwrap(screen.report)
        XCTAssertEqual(JSON.read(try Data(contentsOf: report))?["format"]?.string, "neurolite-bench")
        screen.run(runs: 1_000_000)
        screen.leave()
        await screen.settled()
        XCTAssertEqual(screen.result?.whyNot, "the app was left while it ran")
        XCTAssertNil(screen.times(12))
    }
}
