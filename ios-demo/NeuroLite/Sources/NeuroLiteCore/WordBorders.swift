/// Characters of any bytes and the borders of their words, docs/hash-spec.md sections 2 to 5, as a cut needs them.
struct WordBorders {
    static let longestCluster = 16

    /// First bytes of words and of separators, in order.
    let positions: [Int]
    /// The bytes of each word.
    let words: [Range<Int>]

    init(_ bytes: some Collection<UInt8>) {
        var buffer = Array(bytes)
        buffer.append(0)
        let (classes, places) = WordBorders.characters(buffer)
        let resolved = WordBorders.resolved(classes)
        let own = resolved.indices.filter { resolved[$0].rawValue < CharacterClass.accent.rawValue }
        var found: [Int] = []
        var spoken: [Range<Int>] = []
        var previous = CharacterClass.separator
        for (at, index) in own.enumerated() {
            let end = at + 1 < own.count ? places[own[at + 1]] : buffer.count
            // What drags more than that behind it is no character; only the one before it still sees it.
            let tooLong = end - places[index] > WordBorders.longestCluster
            let kept = tooLong ? CharacterClass.separator : resolved[index]
            let same = resolved[index] == previous || resolved[index] == .mark
            let joins = same && resolved[index] != .isolated && resolved[index] != .separator
            let begins = kept == .separator || !(joins && previous != .separator)
            if begins { found.append(places[index]) }
            if kept != .separator {
                let start = begins ? places[index] : spoken.removeLast().lowerBound
                spoken.append(start..<end)
            }
            previous = kept
        }
        positions = found
        words = spoken
    }

    /// Lenient UTF-8: any bytes are some characters. A byte outside a whole sequence is a character of its own.
    private static func characters(_ buffer: [UInt8]) -> ([CharacterClass], [Int]) {
        var classes: [CharacterClass] = []
        var places: [Int] = []
        var at = 0
        while at < buffer.count {
            let first = UInt32(buffer[at])
            let needed = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF8 ? 3 : 0
            let rest = buffer[(at + 1)...].prefix(needed)
            var code = first < 0x80 ? first : 0xDC00 + first
            var length = 1
            if needed > 0, rest.count == needed, rest.allSatisfy({ $0 & 0xC0 == 0x80 }) {
                code = first & (0x3F >> UInt32(needed))
                for byte in rest { code = code << 6 | UInt32(byte & 0x3F) }
                length += needed
            }
            classes.append(CharacterClass.of(code))
            places.append(at)
            at += length
        }
        return (classes, places)
    }

    /// An apostrophe between two letters is one, else punctuation; accents behind a letter are as good as it.
    private static func resolved(_ classes: [CharacterClass]) -> [CharacterClass] {
        func wordly(_ at: Int) -> Bool {
            classes.indices.contains(at)
                && (classes[at] == .letter || classes[at].rawValue >= CharacterClass.accent.rawValue)
        }
        return classes.indices.map { at in
            guard classes[at] == .apostrophe else { return classes[at] }
            return wordly(at - 1) && wordly(at + 1) ? .letter : .punctuation
        }
    }
}
