import XCTest

@testable import NeuroLiteCore

final class BenchTests: XCTestCase {
    func testSummaries() throws {
        let golden = try Golden.json("apps/statistics")
        for row in try golden.rows("summaries") {
            let found = try XCTUnwrap(Statistics(nanoseconds: try row.numbers("samples_ns").map { Int($0) }))
            let wanted = try XCTUnwrap(row["summary"])
            for name in ["p50_ms", "p90_ms", "p99_ms", "mean_ms", "stdev_ms", "min_ms", "max_ms", "spread"] {
                assertClose(found.json[name]?.double, wanted[name]?.double, 1e-9, "\(row.label), \(name)")
            }
            XCTAssertEqual(found.runs, try wanted.number("runs"))
        }
        XCTAssertNil(Statistics(nanoseconds: []))
    }

    func testScreens() throws {
        for row in try Golden.json("apps/statistics").rows("screens") {
            let screen = try screen(try XCTUnwrap(row["screen"]))
            XCTAssertEqual(screen.whyNot == nil, row["valid"]?.bool, row.label)
            XCTAssertEqual(screen.whyNot, row["reason"]?.string, row.label)
            if let report = row["report"] { assertSame(screen.report, report, row.label) }
        }
    }

    func testTexts() throws {
        let texts = try XCTUnwrap(try Golden.json("apps/statistics")["texts"])
        for words in BenchScreen.words { XCTAssertEqual(BenchTexts.byWords[words], texts["\(words)"]?.string) }
    }

    func testRun() async throws {
        let toy = Toy(try metadata())
        let subject = BenchScreen.Subject(
            name: "toy", kind: "c", precision: "int8", file: "toy.nlm", size: 1, sha256: "", parameters: 1,
            runtime: "toy")
        let screen = BenchScreen(app: ["test"], device: .object([]), startedAt: "", subject: subject, wanted: 3)
        let probe = BenchRun.Probe(memory: { 1 }, thermal: { BenchScreen.Thermal.none })
        let found = await BenchRun(probe: probe) { toy }.measure(screen)
        XCTAssertNil(found.whyNot)
        XCTAssertEqual(found.samples.mapValues(\.count), [12: 3, 256: 3])
        let failed = await BenchRun(probe: probe) { throw NeuroLiteError(.artifact, "no file") }.measure(screen)
        XCTAssertEqual(failed.whyNot, "it failed: no file")
        let left = await Task { await BenchRun(probe: probe) { throw CancellationError() }.measure(screen) }.value
        XCTAssertEqual(left.whyNot, "the app was left while it ran")
    }

    func testSeals() throws {
        for row in try Golden.json("apps/statistics").rows("seals") {
            XCTAssertEqual(BenchScreen.sealed(row["content"]?.string ?? ""), row["sealed"]?.string, row.label)
        }
    }

    private func screen(_ values: JSON) throws -> BenchScreen {
        func text(_ name: String) throws -> String { try XCTUnwrap(values[name]?.string, name) }
        let subject = BenchScreen.Subject(
            name: try text("name"), kind: try text("kind"), precision: try text("precision"), file: try text("file"),
            size: try values.number("size_bytes"), sha256: try text("sha256"),
            parameters: try values.number("parameters"), runtime: try text("runtime"),
            threads: try values.number("threads"))
        var found = BenchScreen(
            app: try XCTUnwrap(values["app"]?.strings), device: try XCTUnwrap(values["device"]),
            startedAt: try text("started_at"), subject: subject, wanted: try values.number("wanted"))
        found.seconds = values["seconds"]?.double ?? 0
        found.firstLoad = values["first_load_ms"]?.double
        found.laterLoad = values["later_load_ms"]?.double
        found.firstAnswer = values["first_answer_ms"]?.double
        for member in try XCTUnwrap(values["samples_ns"]).names {
            found.samples[try XCTUnwrap(Int(member))] = values["samples_ns"]?[member]?.array?.compactMap(\.int)
        }
        let memory = try values.rows("memory")
        (found.memory.before, found.memory.loaded, found.memory.after) = (memory[0].int, memory[1].int, memory[2].int)
        found.memory.source = try text("memory_source")
        let thermal = try values.rows("thermal").map { $0.string.flatMap(BenchScreen.Thermal.init(rawValue:)) }
        (found.thermalBefore, found.thermalAfter) = (thermal[0], thermal[1])
        found.powerSaving = values["power_saving"]?.bool
        found.wasLeft = values["left"]?.bool ?? false
        found.failure = values["error"]?.string
        found.warnings = values["warnings"]?.strings ?? []
        return found
    }

    /// Equal as values: numbers to the last digits, names in any order.
    private func assertSame(_ one: JSON, _ other: JSON, _ place: String) {
        if case .object = one, case .object = other {
            XCTAssertEqual(one.names.sorted(), other.names.sorted(), place)
            for name in one.names { assertSame(one[name] ?? .null, other[name] ?? .null, "\(place).\(name)") }
        } else if let mine = one.array, let theirs = other.array {
            XCTAssertEqual(mine.count, theirs.count, place)
            for (a, b) in zip(mine, theirs) { assertSame(a, b, place) }
        } else if let mine = one.double, let theirs = other.double {
            XCTAssertEqual(mine, theirs, accuracy: 1e-9, place)
        } else {
            XCTAssertEqual(one, other, place)
        }
    }
}
