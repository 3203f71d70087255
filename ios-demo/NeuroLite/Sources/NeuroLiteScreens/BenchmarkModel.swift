import Foundation
import NeuroLiteCore
import Observation

/// The screen that times a model, and says whether the figures count.
@MainActor @Observable
public final class BenchmarkModel {
    public private(set) var runtimes: [Runtime] = []
    public private(set) var result: BenchScreen?
    /// What is shared: a file of its own.
    public private(set) var report: URL?
    public private(set) var isRunning = false
    public private(set) var problem: String?
    public var runtime = Runtime.native

    @ObservationIgnored private let library: ModelLibrary
    @ObservationIgnored private let probe: BenchRun.Probe
    @ObservationIgnored private let device: JSON
    @ObservationIgnored private var running: Task<Void, Never>?

    public init(_ library: ModelLibrary, probe: BenchRun.Probe, device: JSON) {
        self.library = library
        self.probe = probe
        self.device = device
    }

    public func begin() async {
        runtimes = await library.runtimes(of: AnswerModel.name)
        if let first = runtimes.first, !runtimes.contains(runtime) { runtime = first }
    }

    /// Times of texts of so many words; nil where the run does not count.
    public func times(_ words: Int) -> Statistics? {
        guard let result, result.whyNot == nil else { return nil }
        return result.samples[words].flatMap(Statistics.init(nanoseconds:))
    }

    public func run(runs: Int = BenchRun.runs) {
        guard !isRunning else { return }
        isRunning = true
        result = nil
        report = nil
        problem = nil
        running = Task {
            defer { isRunning = false }
            do {
                let found = try await measured(runs)
                report = try BenchmarkModel.written(found)
                result = found
            } catch {
                problem = String(describing: error)
            }
        }
    }

    /// The screen was left, or the app went to the background: what was measured is no result.
    public func leave() { running?.cancel() }

    public func settled() async { await running?.value }

    private static func written(_ screen: BenchScreen) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("neurolite-bench.json")
        try Data(screen.sealedReport.utf8).write(to: url, options: .atomic)
        return url
    }

    private func measured(_ runs: Int) async throws -> BenchScreen {
        let (library, runtime) = (library, runtime)
        let subject = try await self.subject()
        let screen = BenchScreen(
            app: ["NeuroLite", "iOS"], device: device, startedAt: Date().formatted(.iso8601), subject: subject,
            wanted: runs)
        let run = BenchRun(probe: probe) { try await library.fresh(AnswerModel.name, runtime) }
        // Not on the main thread, where a run would time the screen's drawing.
        var found = await Task.detached(priority: .userInitiated) { await run.measure(screen) }.valueOrCancelled
        found.memory.source = "phys_footprint"
        #if DEBUG
        found.warnings.append("This is a debug build: its times are longer than a user's.")
        #endif
        #if targetEnvironment(simulator)
        found.warnings.append("This is a simulator: its times are a Mac's.")
        #endif
        return found
    }

    private func subject() async throws -> BenchScreen.Subject {
        let model = try await library.model(AnswerModel.name, runtime)
        guard let file = await library.file(AnswerModel.name, runtime) else {
            throw NeuroLiteError(.artifact, "The app has no \(runtime.rawValue) file of '\(AnswerModel.name)'.")
        }
        let facts = model.metadata
        let (size, digest) = try await Task.detached { try FileFacts.of(file) }.value
        return BenchScreen.Subject(
            name: "\(AnswerModel.name) \(facts.target) \(facts.precision)", kind: facts.target,
            precision: facts.precision, file: file.lastPathComponent, size: size, sha256: digest,
            parameters: facts.parameters, runtime: model.runtime)
    }
}

extension Task where Failure == Never, Success: Sendable {
    /// The value; a cancellation of the caller is handed on.
    var valueOrCancelled: Success {
        get async {
            await withTaskCancellationHandler {
                await value
            } onCancel: {
                cancel()
            }
        }
    }
}
