/// What a generator reads of a text.
protocol Reading: Sendable {
    /// Bytes of a text that are looked at.
    var most: Int { get }

    /// The logits of what follows a text, and the separators that stand behind its last word.
    func behind(_ text: [UInt8]) async throws -> (logits: [Float], rest: [UInt8])
}

/// Words as a generator has them: line breaks are some.
enum SpokenWords {
    private static let lineBreak = UInt8(ascii: "\n")
    private static let readAs = UInt8(ascii: "|")

    static func of(_ text: [UInt8]) -> [Range<Int>] {
        WordBorders(text.map { $0 == lineBreak ? readAs : $0 }).words
    }

    /// The word that a text ends in, with what stands before it; nothing where its end is a separator or a line.
    static func typed(_ text: [UInt8], most: Int) -> [UInt8] {
        let tail = Array(text.suffix(most))
        let words = of(tail)
        guard let last = words.last, last.upperBound == tail.count, tail.last != lineBreak else { return [] }
        return Array(tail[(words.dropLast().last?.upperBound ?? 0)...])
    }
}

/// A model without a state is given the end of a text.
actor WindowReading: Reading {
    /// Answers that are kept: who types a word, or takes it back, asks again.
    private static let kept = 8

    let most: Int
    private let model: any Model
    private var answers: [(read: [UInt8], logits: [Float])] = []

    init(_ model: any Model) {
        self.model = model
        most = model.metadata.maxBytes
    }

    func behind(_ text: [UInt8]) async throws -> (logits: [Float], rest: [UInt8]) {
        let tail = Array(text.suffix(most))
        let words = SpokenWords.of(tail)
        // The first word of a tail may be the end of one.
        let first = max(words.count - model.metadata.maxWords, tail.count < text.count ? 1 : 0, 0)
        let start = first == 0 ? 0 : first < words.count ? words[first].lowerBound : tail.count
        return (try await answer(Array(tail[start...])), Array(tail[(words.last?.upperBound ?? 0)...]))
    }

    private func answer(_ read: [UInt8]) async throws -> [Float] {
        if let known = answers.first(where: { $0.read == read }) { return known.logits }
        let logits = try await model.run(read, state: nil).logits
        if answers.count >= WindowReading.kept { answers.removeFirst() }
        answers.append((read, logits))
        return logits
    }
}

/// A model with a state reads each word once, and goes on from there.
actor StreamReading: Reading {
    private struct Mark {
        let read: [UInt8]
        let logits: [Float]
        let state: ModelState?
    }

    private static let kept = 8

    let most: Int
    private let model: any Model
    private var marks: [Mark] = []

    init(_ model: any Model) {
        self.model = model
        most = model.metadata.maxBytes
    }

    func behind(_ text: [UInt8]) async throws -> (logits: [Float], rest: [UInt8]) {
        let words = SpokenWords.of(text)
        let ends = [0] + words.map(\.upperBound)
        var mark: Mark
        if let known = longest(text, ends) { mark = known } else { mark = try await read([], from: 0, nil) }
        var place = ends.firstIndex(of: mark.read.count) ?? 0
        while place < words.count {
            let next = upTo(words, place)
            mark = try await read(Array(text[..<ends[next]]), from: words[place].lowerBound, mark.state)
            place = next
        }
        return (mark.logits, Array(text[(ends.last ?? 0)...]))
    }

    /// Of what was read the longest that a text begins with, up to the end of a word.
    private func longest(_ text: [UInt8], _ ends: [Int]) -> Mark? {
        let own = marks.filter { ends.contains($0.read.count) && text.starts(with: $0.read) }
        return own.max { $0.read.count < $1.read.count }
    }

    /// As many words as the model takes at once, one at least. The last is read by itself: it is being typed.
    private func upTo(_ words: [Range<Int>], _ place: Int) -> Int {
        let limits = model.metadata
        var next = place + 1
        while next + 1 < words.count, next + 1 - place <= limits.maxWords,
            words[next].upperBound - words[place].lowerBound <= limits.maxBytes
        {
            next += 1
        }
        return next
    }

    /// Of a text whose beginning was read before; a word that is longer than the model takes is left out.
    private func read(_ text: [UInt8], from: Int, _ state: ModelState?) async throws -> Mark {
        let own = text.count - from > model.metadata.maxBytes ? [] : Array(text[from...])
        let found = try await model.run(own, state: state)
        if marks.count >= StreamReading.kept { marks.removeFirst() }
        let mark = Mark(read: text, logits: found.logits, state: found.state)
        marks.append(mark)
        return mark
    }
}
