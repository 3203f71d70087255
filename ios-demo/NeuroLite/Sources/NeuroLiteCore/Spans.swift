/// A part of a text that is of a type.
public struct Span: Equatable, Sendable {
    public let type: String
    /// In bytes of the text that was given.
    public let bytes: Range<Int>
    /// In characters as Unicode counts them (code points): those that any of its bytes is of.
    public let characters: Range<Int>
    public let text: String
    public let score: Double

    /// Where to mark it in a string: a range that does not cut a character in two.
    public func range(in string: String) -> Range<String.Index>? {
        let scalars = string.unicodeScalars
        guard
            let from = scalars.index(scalars.startIndex, offsetBy: characters.lowerBound, limitedBy: scalars.endIndex),
            let to = scalars.index(from, offsetBy: characters.count, limitedBy: scalars.endIndex)
        else { return nil }
        return from..<to
    }
}

/// From bytes of a text to its characters: of bytes that are no UTF-8, one for each U+FFFD that is shown for them.
struct CharacterPlaces {
    private let starts: [Int]
    let scalars: [Unicode.Scalar]

    init(_ bytes: [UInt8]) {
        var places: [Int] = []
        var found: [Unicode.Scalar] = []
        var at = 0
        while at < bytes.count {
            let (length, isWhole) = CharacterPlaces.character(bytes[at...])
            let text = isWhole ? Bytes.shown(bytes[at..<at + length]).unicodeScalars.first : nil
            places.append(at)
            found.append(text ?? "\u{FFFD}")
            at += length
        }
        starts = places
        scalars = found
    }

    /// The characters that some bytes are of, each that has one of them, wholly or in part.
    func characters(of bytes: Range<Int>) -> Range<Int> {
        let first = max((starts.firstIndex { $0 > bytes.lowerBound } ?? starts.count) - 1, 0)
        return first..<max(first, starts.firstIndex { $0 >= bytes.upperBound } ?? starts.count)
    }

    func text(_ range: Range<Int>) -> String {
        var found = ""
        found.unicodeScalars.append(contentsOf: scalars[range])
        return found
    }

    /// Bytes of the first character, and whether it is one: else as many as could have begun one (Unicode, 3.9).
    private static func character(_ bytes: ArraySlice<UInt8>) -> (Int, Bool) {
        let rest = bytes.dropFirst()
        let (count, second): (Int, ClosedRange<UInt8>)
        switch bytes[bytes.startIndex] {
        case ..<0x80: return (1, true)
        case 0xC2...0xDF: (count, second) = (1, 0x80...0xBF)
        case 0xE0: (count, second) = (2, 0xA0...0xBF)
        case 0xED: (count, second) = (2, 0x80...0x9F)
        case 0xE1...0xEF: (count, second) = (2, 0x80...0xBF)
        case 0xF0: (count, second) = (3, 0x90...0xBF)
        case 0xF1...0xF3: (count, second) = (3, 0x80...0xBF)
        case 0xF4: (count, second) = (3, 0x80...0x8F)
        default: return (1, false)
        }
        guard let next = rest.first, second.contains(next) else { return (1, false) }
        let following = 1 + rest.dropFirst().prefix(count - 1).prefix { $0 & 0xC0 == 0x80 }.count
        return (1 + following, following == count)
    }
}
