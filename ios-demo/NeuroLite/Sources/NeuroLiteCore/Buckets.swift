/// A fixed shape of a model whose graph has no free sizes: so many bytes, and so many slots for words.
public struct Bucket: Equatable, Sendable {
    public let bytes: Int
    public let words: Int

    public init(bytes: Int, words: Int) {
        self.bytes = bytes
        self.words = words
    }
}

/// Which shape answers a text: every byte must fit, and where its words do not, a larger one runs again.
public struct Buckets: Equatable, Sendable {
    public let all: [Bucket]

    public init(_ all: [Bucket]) {
        self.all = all
    }

    /// Place of the smallest that takes so many bytes; of the largest where none does.
    public func first(bytes: Int) -> Int {
        all.firstIndex { bytes <= $0.bytes } ?? all.count - 1
    }

    /// Where to run a text again that turned out to have so many words; the same place where it fitted.
    public func next(after place: Int, words: Int) -> Int {
        let wanted = min(words, all.last?.words ?? 0)
        return all.indices.first { $0 >= place && all[$0].words >= wanted } ?? place
    }

    /// Bytes that count: a NUL is a separator, so those at the end are as good as padding.
    public static func withoutPadding(_ text: [UInt8]) -> [UInt8] {
        Array(text[..<((text.lastIndex { $0 != 0 } ?? -1) + 1)])
    }
}
