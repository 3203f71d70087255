/// One run of a benchmark: opens a model twice, answers the first text, and times texts of 12 and 256 words.
public struct BenchRun: Sendable {
    /// What the system tells of itself.
    public struct Probe: Sendable {
        public let memory: @Sendable () -> Int?
        public let thermal: @Sendable () -> BenchScreen.Thermal?
        public let powerSaving: @Sendable () -> Bool?

        public init(
            memory: @escaping @Sendable () -> Int?, thermal: @escaping @Sendable () -> BenchScreen.Thermal? = { nil },
            powerSaving: @escaping @Sendable () -> Bool? = { nil }
        ) {
            self.memory = memory
            self.thermal = thermal
            self.powerSaving = powerSaving
        }
    }

    public static let warmups = 10
    public static let runs = 100

    private let open: @Sendable () async throws -> any Model
    private let probe: Probe

    public init(probe: Probe, open: @escaping @Sendable () async throws -> any Model) {
        self.probe = probe
        self.open = open
    }

    /// Measures into a screen. What fails is said in it, and is no result; so is a run that was cancelled.
    public func measure(_ screen: BenchScreen) async -> BenchScreen {
        var found = screen
        let clock = ContinuousClock()
        let begin = clock.now
        do {
            try await measure(into: &found, clock)
        } catch is CancellationError {
            found.wasLeft = true
        } catch {
            found.failure = String(describing: error)
        }
        found.seconds = BenchRun.milliseconds(clock.now - begin) / 1000
        return found
    }

    private func measure(into found: inout BenchScreen, _ clock: ContinuousClock) async throws {
        found.memory.before = probe.memory()
        found.thermalBefore = probe.thermal()
        found.powerSaving = probe.powerSaving()
        let (model, first) = try await timed(clock) { try await open() }
        found.firstLoad = BenchRun.milliseconds(first)
        let texts = BenchTexts.byWords.mapValues { Bytes.of($0) }
        let answer = try await timed(clock) { try await model.run(texts[BenchScreen.words[0]] ?? [], state: nil) }
        found.firstAnswer = BenchRun.milliseconds(answer.1)
        found.laterLoad = BenchRun.milliseconds(try await timed(clock) { try await open() }.1)
        found.memory.loaded = probe.memory()
        for words in BenchScreen.words {
            let text = texts[words] ?? []
            for at in 0..<BenchRun.warmups + found.wanted {
                try Task.checkCancellation()
                let (_, time) = try await timed(clock) { try await model.run(text, state: nil) }
                if at >= BenchRun.warmups { found.samples[words, default: []].append(BenchRun.nanoseconds(time)) }
            }
        }
        found.memory.after = probe.memory()
        found.thermalAfter = probe.thermal()
    }

    private func timed<Value>(
        _ clock: ContinuousClock, _ work: () async throws -> Value
    ) async rethrows -> (Value, Duration) {
        let begin = clock.now
        let value = try await work()
        return (value, clock.now - begin)
    }

    private static func milliseconds(_ time: Duration) -> Double { Double(nanoseconds(time)) / 1e6 }

    private static func nanoseconds(_ time: Duration) -> Int {
        let (seconds, attoseconds) = time.components
        return Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    }
}
