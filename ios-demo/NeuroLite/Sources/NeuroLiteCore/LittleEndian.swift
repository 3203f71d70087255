/// Numbers in files, the lowest byte first.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var at: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        at = bytes.startIndex
    }

    var left: Int { bytes.endIndex - at }

    /// nil where so many are not there.
    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= left else { return nil }
        defer { at += count }
        return bytes[at..<at + count]
    }

    mutating func number() -> UInt32? { take(4).map { $0.reversed().reduce(0) { $0 << 8 | UInt32($1) } } }
    mutating func float() -> Float? { number().map(Float.init(bitPattern:)) }
    mutating func half() -> Float? { take(2).map { Half.float(UInt16($0.last!) << 8 | UInt16($0.first!)) } }

    mutating func floats(_ count: Int) -> [Float]? {
        guard let raw = take(4 * count) else { return nil }
        var rest = ByteReader(raw)
        return (0..<count).compactMap { _ in rest.float() }
    }
}

extension Array where Element == UInt8 {
    mutating func append(number: UInt32) {
        self += (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
    }

    mutating func append(float: Float) { append(number: float.bitPattern) }

    mutating func append(half: Float) {
        let bits = Half.bits(half)
        self += [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
    }
}

/// float16 to float32 and back, rounded to nearest, of equals to the even one; Swift's own type is not on Intel Macs.
enum Half {
    static func float(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Float(bits & 0x3FF)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
        }
    }

    static func bits(_ value: Float) -> UInt16 {
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        let size = abs(value)
        guard !value.isNaN else { return 0x7E00 }
        guard size < 65520 else { return sign | 0x7C00 }
        // Below the least normal number all steps are 2^-24; above, 1024 of them between two powers of two.
        let exponent = size < 0x1p-14 ? -14 : Int(size.exponent)
        let steps = UInt16(
            (size * Float(sign: .plus, exponent: 10 - exponent, significand: 1)).rounded(.toNearestOrEven))
        return sign | (size < 0x1p-14 ? steps : UInt16(exponent + 14) << 10 + steps)
    }

    /// As it is stored.
    static func rounded(_ value: Float) -> Float { float(bits(value)) }
}
