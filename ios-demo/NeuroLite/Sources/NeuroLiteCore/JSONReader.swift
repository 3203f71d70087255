/// A strict reader of JSON from anywhere: bounded depth, no name twice, nothing behind the value.
struct JSONReader {
    private static let deepest = 64
    private let bytes: [UInt8]
    private var at = 0

    /// The value of UTF-8 text; nil where it is no JSON.
    static func read(_ bytes: some Sequence<UInt8>) -> JSON? {
        var reader = JSONReader(bytes: Array(bytes))
        reader.skipBlanks()
        guard let found = reader.value(depth: 0) else { return nil }
        reader.skipBlanks()
        return reader.at == reader.bytes.count ? found : nil
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipBlanks() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }

    private mutating func take(_ character: Character) -> Bool {
        guard next == character.asciiValue else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) -> JSON? {
        guard depth < JSONReader.deepest, let byte = next else { return nil }
        switch byte {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string().map(JSON.string)
        case UInt8(ascii: "t"): return word("true", .bool(true))
        case UInt8(ascii: "f"): return word("false", .bool(false))
        case UInt8(ascii: "n"): return word("null", .null)
        default: return number()
        }
    }

    private mutating func word(_ text: String, _ value: JSON) -> JSON? {
        guard bytes[at...].starts(with: text.utf8) else { return nil }
        at += text.utf8.count
        return value
    }

    private mutating func array(depth: Int) -> JSON? {
        at += 1
        var found: [JSON] = []
        skipBlanks()
        if take("]") { return .array(found) }
        while true {
            skipBlanks()
            guard let item = value(depth: depth + 1) else { return nil }
            found.append(item)
            skipBlanks()
            if take("]") { return .array(found) }
            guard take(",") else { return nil }
        }
    }

    private mutating func object(depth: Int) -> JSON? {
        at += 1
        var found: [JSON.Member] = []
        var names: Set<String> = []
        skipBlanks()
        if take("}") { return .object(found) }
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\""), let name = string(), names.insert(name).inserted else { return nil }
            skipBlanks()
            guard take(":") else { return nil }
            skipBlanks()
            guard let item = value(depth: depth + 1) else { return nil }
            found.append(JSON.Member(name, item))
            skipBlanks()
            if take("}") { return .object(found) }
            guard take(",") else { return nil }
        }
    }

    private mutating func number() -> JSON? {
        let start = at
        while let byte = next, "+-.eE0123456789".utf8.contains(byte) { at += 1 }
        let text = Bytes.shown(bytes[start..<at])
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard let first = digits.first, first.isNumber,
            !(first == "0" && digits.dropFirst().first?.isNumber == true)
        else { return nil }
        if text.contains(where: { ".eE".contains($0) }) {
            guard let value = Double(text), value.isFinite, text.last?.isNumber == true else { return nil }
            return .double(value)
        }
        return Int(text).map(JSON.int)
    }

    private mutating func string() -> String? {
        at += 1
        var found: [UInt8] = []
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return Bytes.text(found)
            case UInt8(ascii: "\\"):
                guard let scalar = escaped() else { return nil }
                found += Array(String(scalar).utf8)
            case ..<0x20: return nil
            default: found.append(byte)
            }
        }
        return nil
    }

    private mutating func escaped() -> Unicode.Scalar? {
        guard let byte = next else { return nil }
        at += 1
        let plain: [UInt8: Unicode.Scalar] = [
            UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{08}",
            UInt8(ascii: "f"): "\u{0C}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
        ]
        guard byte == UInt8(ascii: "u") else { return plain[byte] }
        guard let first = hex() else { return nil }
        guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
        guard take("\\"), take("u"), let second = hex(), (0xDC00..<0xE000).contains(second) else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func hex() -> UInt32? {
        guard at + 4 <= bytes.count else { return nil }
        let digits = bytes[at..<at + 4]
        at += 4
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt32(Bytes.shown(digits), radix: 16)
    }
}

extension JSON {
    /// Of UTF-8 from anywhere; nil where it is no JSON, or says a name twice.
    public static func read(_ bytes: some Sequence<UInt8>) -> JSON? { JSONReader.read(bytes) }
}
