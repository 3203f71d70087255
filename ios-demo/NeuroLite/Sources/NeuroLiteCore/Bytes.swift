/// From strings to the bytes that models read: UTF-8, in which a surrogate that lost its other half keeps its three
/// bytes. Swift's own strings have no such halves; what comes from other places as UTF-16 may.
public enum Bytes {
    public static func of(_ text: String) -> [UInt8] {
        Array(text.utf8)
    }

    public static func of(utf16 units: some Sequence<UInt16>) -> [UInt8] {
        var found: [UInt8] = []
        var high: UInt32?
        for unit in units.lazy.map(UInt32.init) {
            if let first = high, (0xDC00..<0xE000).contains(unit) {
                append(0x10000 + (first - 0xD800) << 10 + (unit - 0xDC00), to: &found)
                high = nil
                continue
            }
            if let first = high { append(first, to: &found) }
            high = (0xD800..<0xDC00).contains(unit) ? unit : nil
            if high == nil { append(unit, to: &found) }
        }
        if let last = high { append(last, to: &found) }
        return found
    }

    /// What people see of bytes that may be no UTF-8.
    public static func shown(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The text of bytes that are UTF-8, to the last of them; nil of others.
    public static func text(_ bytes: some Collection<UInt8>) -> String? {
        let found = shown(bytes)
        return found.utf8.elementsEqual(bytes) ? found : nil
    }

    private static func append(_ code: UInt32, to bytes: inout [UInt8]) {
        switch code {
        case ..<0x80: bytes.append(UInt8(code))
        case ..<0x800: bytes += [UInt8(0xC0 | code >> 6), tail(code)]
        case ..<0x10000: bytes += [UInt8(0xE0 | code >> 12), tail(code >> 6), tail(code)]
        default: bytes += [UInt8(0xF0 | code >> 18), tail(code >> 12), tail(code >> 6), tail(code)]
        }
    }

    private static func tail(_ bits: UInt32) -> UInt8 { UInt8(0x80 | bits & 0x3F) }
}
