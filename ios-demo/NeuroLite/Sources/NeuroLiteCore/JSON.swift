/// A value of JSON; members keep their order, whole numbers stay whole.
public enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    public struct Member: Equatable, Sendable {
        public let name: String
        public let value: JSON

        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    public static func object(_ members: KeyValuePairs<String, JSON>) -> JSON {
        .object(members.map { Member($0.key, $0.value) })
    }

    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    public var names: [String] {
        guard case .object(let members) = self else { return [] }
        return members.map(\.name)
    }

    public var isNull: Bool { self == .null }

    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    public var int: Int? {
        guard case .int(let value) = self else { return nil }
        return value
    }

    public var double: Double? {
        switch self {
        case .int(let value): return Double(value)
        case .double(let value): return value
        default: return nil
        }
    }

    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    public var array: [JSON]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    public var strings: [String]? {
        guard let values = array else { return nil }
        let found = values.compactMap(\.string)
        return found.count == values.count ? found : nil
    }
}

extension JSON {
    /// One line; equal values give equal text. Names sorted where asked for, as stores have them.
    public func text(sorted: Bool = false) -> String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .double(let value): return value.isFinite ? value.description : "null"
        case .string(let value): return JSON.quoted(value)
        case .array(let values): return "[" + values.map { $0.text(sorted: sorted) }.joined(separator: ",") + "]"
        case .object(let members):
            let ordered = sorted ? members.sorted { JSON.isBefore($0.name, $1.name) } : members
            let parts = ordered.map { JSON.quoted($0.name) + ":" + $0.value.text(sorted: sorted) }
            return "{" + parts.joined(separator: ",") + "}"
        }
    }

    /// By code points, as every other language sorts names.
    static func isBefore(_ one: String, _ other: String) -> Bool {
        one.unicodeScalars.lexicographicallyPrecedes(other.unicodeScalars)
    }

    private static func quoted(_ text: String) -> String {
        var found = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": found += "\\\""
            case "\\": found += "\\\\"
            case "\n": found += "\\n"
            case "\r": found += "\\r"
            case "\t": found += "\\t"
            case "\u{08}": found += "\\b"
            case "\u{0C}": found += "\\f"
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                found += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: found.unicodeScalars.append(scalar)
            }
        }
        return found + "\""
    }
}
