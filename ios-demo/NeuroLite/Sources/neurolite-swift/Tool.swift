import Foundation
import NeuroLiteCore
import NeuroLiteEngine

/// A model's answers to texts, as neurolite-run gives them; so that the app's code is proven on real files anywhere.
@main
struct Tool {
    let arguments: Arguments
    let model: any Model

    static func main() async {
        do {
            let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
            let model = try await Opening.model(URL(fileURLWithPath: arguments.model))
            try await Tool(arguments: arguments, model: model).run()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(2)
        }
    }

    private func run() async throws {
        if arguments.bench { return try await bench() }
        if arguments.appTexts { return try await answerAppTexts() }
        if let store = arguments.store { return try await learn(store) }
        if arguments.follow { return try await follow() }
        let reader = Reader(model)
        for text in texts {
            let (answer, outputs) = try await reader.answer(text, top: arguments.top)
            say(Records.answer(answer, text: cut(text), arguments: arguments, turn: nil, experts: outputs.experts))
        }
    }

    private var texts: AnySequence<[UInt8]> {
        arguments.texts.isEmpty ? AnySequence(Lines()) : AnySequence(arguments.texts.map(Bytes.of))
    }

    private func cut(_ text: [UInt8]) -> [UInt8] { Cut(text, limit: model.metadata.maxBytes).bytes }

    private func say(_ record: JSON) { print(record.text()) }

    private func follow() async throws {
        let conversation = try Conversation(Reader(model))
        let file = arguments.state.map { URL(fileURLWithPath: $0) }
        if let file, FileManager.default.fileExists(atPath: file.path) { try await conversation.open(file) }
        for text in texts {
            let answer = try await conversation.remember(Bytes.shown(text), top: arguments.top)
            let turn = await conversation.turns
            say(Records.answer(answer, text: cut(text), arguments: arguments, turn: turn, experts: []))
            if let file { try await conversation.save(to: file) }
        }
    }

    private func learn(_ store: String) async throws {
        let learner = try Learner(model, file: URL(fileURLWithPath: store))
        for text in texts {
            if let label = arguments.add {
                let id = try await learner.add(label, text)
                say(.object(["id": .int(id), "label": .string(label), "text": .string(Bytes.shown(text))]))
            } else {
                say(Records.learned(try await learner.classify(text), text: text))
            }
        }
    }

    private func answerAppTexts() async throws {
        if model.metadata.task == .generation { return try await offerAppTexts() }
        let reader = Reader(model)
        var state: ModelState?
        for line in texts {
            let (index, text) = try appText(line)
            if let turns = arguments.turns, index % turns == 0 { state = nil }
            let (answer, outputs) = try await reader.answer(text, state: state)
            if arguments.turns != nil { state = outputs.state }
            say(Records.bits(index: index, answer, outputs, model.metadata))
        }
    }

    private func offerAppTexts() async throws {
        let generator = try Generator(model)
        for line in texts {
            let (index, text) = try appText(line)
            let count = Records.offered
            say(
                Records.offers(
                    index: index, suggested: try await generator.suggest(text, count: count),
                    completed: try await generator.complete(text, count: count),
                    offered: try await generator.offer(text, count: count)))
        }
    }

    private func appText(_ line: [UInt8]) throws -> (index: Int, text: [UInt8]) {
        guard let row = JSON.read(line), let index = row["index"]?.int, let hex = row["bytes"]?.string,
            let text = Digest.bytes(hex: hex)
        else { throw NeuroLiteError(.input, "A line has no index and bytes; give texts.jsonl.") }
        return (index, text)
    }

    private func bench() async throws {
        let url = URL(fileURLWithPath: arguments.model)
        let (size, digest) = try FileFacts.of(url)
        let facts = model.metadata
        let subject = BenchScreen.Subject(
            name: "\(url.deletingPathExtension().lastPathComponent) \(facts.target) \(facts.precision)",
            kind: facts.target, precision: facts.precision, file: url.lastPathComponent, size: size,
            sha256: digest, parameters: facts.parameters, runtime: model.runtime)
        let system = ProcessInfo.processInfo.operatingSystemVersionString
        let device = JSON.object([
            "system": .string(system), "cores": .int(ProcessInfo.processInfo.activeProcessorCount),
        ])
        var screen = BenchScreen(
            app: CommandLine.arguments, device: device, startedAt: Date().formatted(.iso8601), subject: subject,
            wanted: BenchRun.runs)
        screen.memory.source = "resident set"
        let run = BenchRun(probe: BenchRun.Probe(memory: { Opening.residentBytes() })) { try await Opening.model(url) }
        print(await run.measure(screen).sealedReport, terminator: "")
    }
}
