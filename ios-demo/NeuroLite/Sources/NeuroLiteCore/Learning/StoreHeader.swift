/// How a store learns; the same on every platform, so that they answer alike.
public struct LearningSettings: Equatable, Sendable {
    public let rate: Double
    public let mostPrototypes: Int
    public let splitFrom: Int
    public let splitGain: Double
    public let joinGain: Double
    public let halfLife: Int
    public let learning: Double
    public let focus: Double

    public init(
        rate: Double = 0.01, mostPrototypes: Int = 8, splitFrom: Int = 16, splitGain: Double = 0.1,
        joinGain: Double = 0.1, halfLife: Int = 10_000, learning: Double = 0.25, focus: Double = 16
    ) {
        self.rate = rate
        self.mostPrototypes = mostPrototypes
        self.splitFrom = splitFrom
        self.splitGain = splitGain
        self.joinGain = joinGain
        self.halfLife = halfLife
        self.learning = learning
        self.focus = focus
    }

    init?(json: JSON) {
        func number(_ name: String, _ range: ClosedRange<Double>) -> Double? {
            json[name]?.double.flatMap { range.contains($0) ? $0 : nil }
        }
        func whole(_ name: String, _ range: ClosedRange<Int>) -> Int? {
            json[name]?.int.flatMap { range.contains($0) ? $0 : nil }
        }
        guard json.names.count == 8, let rate = number("rate", 0...1),
            let mostPrototypes = whole("most_prototypes", 1...64), let splitFrom = whole("split_from", 4...1 << 20),
            let splitGain = number("split_gain", 0...1), let joinGain = number("join_gain", 0...1),
            let halfLife = whole("half_life", 1...1 << 31), let learning = number("learning", 0...1),
            let focus = number("focus", 0...1e3)
        else { return nil }
        self.init(
            rate: rate, mostPrototypes: mostPrototypes, splitFrom: splitFrom, splitGain: splitGain,
            joinGain: joinGain, halfLife: halfLife, learning: learning, focus: focus)
    }

    var json: JSON {
        .object([
            "focus": .double(focus), "half_life": .int(halfLife), "join_gain": .double(joinGain),
            "learning": .double(learning), "most_prototypes": .int(mostPrototypes), "rate": .double(rate),
            "split_from": .int(splitFrom), "split_gain": .double(splitGain),
        ])
    }
}

/// What stands before the records of a store: what its vectors are of, its labels, and how it learns.
struct StoreHeader: Equatable, Sendable {
    static let magic = Array("NLSTORE\n".utf8)
    static let version: UInt32 = 1

    let modelID: String
    let encoder: String
    let encoderDimension: Int
    let dimension: Int
    let keepsTexts: Bool
    /// What cosines mean, of the encoder's metadata.
    let similarity: Similarity?
    /// What the store's own examples say of cosines goes first: of a classifier.
    let ownFirst: Bool
    let settings: LearningSettings
    var labels: [String] = []
    var clock = 0
    var nextID = 1

    var bytes: [UInt8] {
        let values = JSON.object([
            "clock": .int(clock), "dimension": .int(dimension), "dtype": .string("float16"),
            "encoder": .string(encoder), "encoder_dimension": .int(encoderDimension),
            "labels": .array(labels.map(JSON.string)), "model_id": .string(modelID), "next_id": .int(nextID),
            "own_first": .bool(ownFirst), "settings": settings.json, "similarity": similarity?.json ?? .null,
            "texts": .bool(keepsTexts),
        ])
        let body = Array(values.text(sorted: true).utf8)
        var found = StoreHeader.magic
        found.append(number: StoreHeader.version)
        found.append(number: UInt32(body.count))
        found += body
        found.append(number: Digest.crc32(found))
        return found
    }

    /// A header from a file of any origin, and where the records begin.
    static func read(_ content: [UInt8], source: String) throws -> (StoreHeader, Int) {
        guard content.starts(with: magic) else {
            throw NeuroLiteError(.store, "\(source) is no store of learned examples (.nls).")
        }
        let damaged = NeuroLiteError(.store, "\(source) is damaged in its header. Restore a copy of it.")
        var reader = ByteReader(content[magic.count...])
        guard let version = reader.number(), let length = reader.number() else { throw damaged }
        guard version == self.version else {
            let known = "this release reads \(self.version)"
            throw NeuroLiteError(.store, "\(source) is a store of version \(version); \(known). Update the app.")
        }
        guard length <= 1 << 24, let body = reader.take(Int(length)), let sum = reader.number(),
            sum == Digest.crc32(content[..<body.endIndex]), let values = JSON.read(body)
        else { throw damaged }
        guard let found = StoreHeader(json: values) else {
            throw NeuroLiteError(.store, "\(source) has a header that version \(version) does not have.")
        }
        return (found, body.endIndex + 4)
    }

    private init?(json: JSON) {
        guard json.names.count == 12, json["dtype"]?.string == "float16",
            let modelID = json["model_id"]?.string, Metadata.isModelID(modelID),
            let encoder = json["encoder"]?.string, let encoderDimension = json["encoder_dimension"]?.int,
            (1...Record.mostDimension).contains(encoderDimension), let dimension = json["dimension"]?.int,
            (1...encoderDimension).contains(dimension), let keepsTexts = json["texts"]?.bool,
            let ownFirst = json["own_first"]?.bool, let settings = json["settings"].flatMap(LearningSettings.init),
            let labels = json["labels"]?.strings, labels.count <= Record.mostLabels,
            Set(labels.map { Array($0.utf8) }).count == labels.count,
            labels.allSatisfy({ Record.problem(ofName: $0) == nil }), let clock = json["clock"]?.int,
            (0...Int(UInt32.max)).contains(clock), let nextID = json["next_id"]?.int,
            (1...Record.mostID + 1).contains(nextID), let similarity = json["similarity"]
        else { return nil }
        let meaning = Similarity(json: similarity)
        guard similarity.isNull || meaning?.dimension == dimension else { return nil }
        self.init(
            modelID: modelID, encoder: encoder, encoderDimension: encoderDimension, dimension: dimension,
            keepsTexts: keepsTexts, similarity: meaning, ownFirst: ownFirst, settings: settings, labels: labels,
            clock: clock, nextID: nextID)
    }

    init(
        modelID: String, encoder: String, encoderDimension: Int, dimension: Int, keepsTexts: Bool,
        similarity: Similarity?, ownFirst: Bool, settings: LearningSettings, labels: [String] = [], clock: Int = 0,
        nextID: Int = 1
    ) {
        self.modelID = modelID
        self.encoder = encoder
        self.encoderDimension = encoderDimension
        self.dimension = dimension
        self.keepsTexts = keepsTexts
        self.similarity = similarity
        self.ownFirst = ownFirst
        self.settings = settings
        self.labels = labels
        self.clock = clock
        self.nextID = nextID
    }
}
