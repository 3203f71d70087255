/// What a benchmark screen measured: whether it counts, and the report that `neurolite-bench compare` reads.
/// The reference is neurolite_bench/apps/screen.py.
public struct BenchScreen: Sendable {
    /// How warm a device is; from moderate on, phones slow down.
    public enum Thermal: String, CaseIterable, Sendable {
        case none, light, moderate, severe, critical, emergency, shutdown

        var slowsDown: Bool { self != .none && self != .light }
    }

    public struct Memory: Sendable {
        public var before: Int?
        public var loaded: Int?
        public var after: Int?
        /// How it was read.
        public var source = ""

        public init() {}
    }

    /// What was measured.
    public struct Subject: Sendable {
        public let name: String
        public let kind: String
        public let precision: String
        public let file: String
        public let size: Int
        public let sha256: String
        public let parameters: Int
        public let runtime: String
        public let threads: Int

        public init(
            name: String, kind: String, precision: String, file: String, size: Int, sha256: String, parameters: Int,
            runtime: String, threads: Int = 1
        ) {
            self.name = name
            self.kind = kind
            self.precision = precision
            self.file = file
            self.size = size
            self.sha256 = sha256
            self.parameters = parameters
            self.runtime = runtime
            self.threads = threads
        }
    }

    /// Words of the texts that are timed.
    public static let words = [12, 256]

    public let app: [String]
    public let device: JSON
    public let startedAt: String
    public let subject: Subject
    /// Samples of each length.
    public let wanted: Int
    public var seconds = 0.0
    public var firstLoad: Double?
    public var laterLoad: Double?
    public var firstAnswer: Double?
    /// Nanoseconds of each call, by words.
    public var samples: [Int: [Int]] = [:]
    public var memory = Memory()
    public var thermalBefore: Thermal?
    public var thermalAfter: Thermal?
    public var powerSaving: Bool?
    /// The screen was left, or the app went to the background.
    public var wasLeft = false
    public var failure: String?
    /// Why figures may be worth less, such as a debug build or a simulator.
    public var warnings: [String] = []

    public init(app: [String], device: JSON, startedAt: String, subject: Subject, wanted: Int) {
        self.app = app
        self.device = device
        self.startedAt = startedAt
        self.subject = subject
        self.wanted = wanted
    }

    /// The first reason for which the figures are no result; nil where they are one.
    public var whyNot: String? {
        if let failure { return "it failed: \(failure)" }
        if wasLeft { return "the app was left while it ran" }
        for words in BenchScreen.words {
            let own = samples[words] ?? []
            if own.count < wanted { return "texts of \(words) words were timed \(own.count) times of \(wanted)" }
            if own.contains(where: { $0 < 1 }) {
                return "a text of \(words) words took no time: the clock is too coarse"
            }
        }
        if firstLoad == nil || laterLoad == nil || firstAnswer == nil { return "it was not timed from the opening on" }
        if powerSaving == true { return "the system saved power" }
        if thermalBefore?.slowsDown == true || thermalAfter?.slowsDown == true {
            let (before, after) = (thermalBefore?.rawValue ?? "unknown", thermalAfter?.rawValue ?? "unknown")
            return "the device was warm: \(before) before, \(after) after"
        }
        return nil
    }
}
