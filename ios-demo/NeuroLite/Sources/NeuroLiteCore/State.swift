/// One tensor that a model keeps from text to text.
public struct StateSpec: Equatable, Sendable {
    public enum Kind: String, Sendable {
        case float32, int32
    }

    static let mostNames = 64
    static let mostValues = 1 << 22

    public let name: String
    public let shape: [Int]
    public let kind: Kind
    public let initial: Double

    init?(json: JSON) {
        guard let name = json["name"]?.string, let kind = json["dtype"]?.string.flatMap(Kind.init(rawValue:)),
            let shape = json["shape"]?.array?.compactMap(\.int), shape.count == json["shape"]?.array?.count,
            let initial = json["initial"]?.double, initial.isFinite, StateSpec.isName(name), shape.count <= 4
        else { return nil }
        guard shape.allSatisfy({ (1...StateSpec.mostValues).contains($0) }),
            shape.reduce(1, { min($0 * $1, StateSpec.mostValues + 1) }) <= StateSpec.mostValues,
            kind == .float32 ? Double(Float(initial)) == initial : Int32(exactly: initial) != nil
        else { return nil }
        self.name = name
        self.kind = kind
        self.shape = shape
        self.initial = initial
    }

    /// Numbers in it.
    public var count: Int { shape.reduce(1, *) }

    var start: [UInt32] {
        let bits = kind == .float32 ? Float(initial).bitPattern : UInt32(bitPattern: Int32(initial))
        return [UInt32](repeating: bits, count: count)
    }

    var json: JSON {
        let start = kind == .int32 ? JSON.int(Int(initial)) : .double(initial)
        return .object([
            "dtype": .string(kind.rawValue), "initial": start, "name": .string(name),
            "shape": .array(shape.map(JSON.int)),
        ])
    }

    func holds(_ values: [UInt32]) -> Bool {
        values.count == count && (kind == .int32 || values.allSatisfy { Float(bitPattern: $0).isFinite })
    }

    private static func isName(_ text: String) -> Bool {
        let letters = "abcdefghijklmnopqrstuvwxyz"
        guard let first = text.first, letters.contains(first), text.utf8.count <= 48, !text.hasPrefix("next_")
        else { return false }
        return text.allSatisfy { letters.contains($0) || "0123456789_".contains($0) }
    }
}

/// What is remembered of a conversation: of each of the model's specs its values, as the bits of 32 that they have.
public struct ModelState: Equatable, Sendable {
    public private(set) var values: [[UInt32]]

    /// nil where they are not those of the specs, or not finite.
    public init?(_ values: [[UInt32]], specs: [StateSpec]) {
        guard values.count == specs.count, zip(specs, values).allSatisfy({ $0.holds($1) }) else { return nil }
        self.values = values
    }

    /// Of a new conversation.
    public init(start specs: [StateSpec]) {
        values = specs.map(\.start)
    }

    /// Zeros over what was there.
    mutating func erase() {
        for tensor in values.indices {
            for place in values[tensor].indices { values[tensor][place] = 0 }
        }
    }

    /// One after another, as the C runtime has it.
    public var flat: [UInt32] { values.flatMap { $0 } }

    public init?(flat: [UInt32], specs: [StateSpec]) {
        guard flat.count == specs.reduce(0, { $0 + $1.count }) else { return nil }
        var rest = flat[...]
        self.init(
            specs.map { spec in
                defer { rest = rest.dropFirst(spec.count) }
                return Array(rest.prefix(spec.count))
            }, specs: specs)
    }
}
