import Foundation

/// What is put behind a text as it stands, gap included; the whole word, which is shown; and how probable it is.
public struct Suggestion: Equatable, Sendable {
    public let text: String
    public let word: String
    public let score: Double

    func times(_ share: Double) -> Suggestion { Suggestion(text: text, word: word, score: score * share) }
}

/// What follows texts, by a model that writes: docs/app-contract.md, "Next words".
public actor Generator {
    /// The entries that are no words: these, and the other bytes.
    private static let first = ["<unk>", "</s>", "<0x00>"]
    private static let firstWord = 258
    private static let end = 1
    /// What a word may have before it.
    private static let gap = UInt8(ascii: " ")

    private let words: [[UInt8]]
    private let numbers: [[UInt8]: Int]
    private let reading: any Reading

    /// Raises where the model is no generator.
    public init(_ model: any Model) throws {
        let metadata = model.metadata
        guard metadata.task == .generation else {
            throw NeuroLiteError(.artifact, "\(metadata.name) is a model that writes nothing. Take a generator.")
        }
        let labels = metadata.labels
        guard labels.count > Generator.firstWord, labels.starts(with: Generator.first) else {
            throw NeuroLiteError(
                .artifact, "\(metadata.name) has labels that are no vocabulary. Export the model again.")
        }
        // Bytes: strings of one look are equal to Swift, and not to a model.
        words = labels.dropFirst(Generator.firstWord).map { Array($0.utf8) }
        let places = words.enumerated().map { ($1, Generator.firstWord + $0) }
        numbers = Dictionary(places) { first, _ in first }
        reading = metadata.state.isEmpty ? WindowReading(model) : StreamReading(model)
    }

    /// The most probable words behind a text, best first; the end of a text is none.
    public func suggest(_ text: String, count: Int = 3) async throws -> [Suggestion] {
        try await suggest(Bytes.of(text), count: count)
    }

    /// Rests of the word that a text ends in; where nothing is being typed, as `suggest`.
    public func complete(_ text: String, count: Int = 3) async throws -> [Suggestion] {
        try await complete(Bytes.of(text), count: count)
    }

    /// What a keyboard shows: rests of a word, and the words behind it as far as it is whole.
    public func offer(_ text: String, count: Int = 3) async throws -> [Suggestion] {
        try await offer(Bytes.of(text), count: count)
    }

    /// Of bytes, as strings of UTF-16 may have halves of pairs, which no string of Swift has.
    public func suggest(_ text: [UInt8], count: Int = 3) async throws -> [Suggestion] {
        scored(try await following(text), count) { entry in
            let word = words[entry - Generator.firstWord]
            return text.last == Generator.gap && word.first == Generator.gap ? word[1...] : word[...]
        }
    }

    /// Of bytes.
    public func complete(_ text: [UInt8], count: Int = 3) async throws -> [Suggestion] {
        let typed = SpokenWords.typed(text, most: reading.most)
        return typed.isEmpty ? try await suggest(text, count: count) : try await rests(text, typed, count)
    }

    /// Of bytes.
    public func offer(_ text: [UInt8], count: Int = 3) async throws -> [Suggestion] {
        let typed = SpokenWords.typed(text, most: reading.most)
        let rests = typed.isEmpty ? [] : try await rests(text, typed, count)
        if rests.isEmpty { return try await suggest(text, count: count) }
        let whole = try await self.whole(text, typed)
        var found = rests.map { $0.times(1 - whole) }
        // What follows is less probable than the word itself.
        if whole > 0, rests.count < count || (found.last?.score ?? 0) < whole {
            let known = Set(rests.map { Array($0.text.utf8) })
            let next = try await suggest(text, count: count)
            found += next.filter { !known.contains(Array($0.text.utf8)) }.map { $0.times(whole) }
        }
        let order = Scores.ranked(found.map(\.score))
        return order.prefix(count).map { found[$0] }
    }

    /// Of what may follow a text, minus infinity for what may not: a word with another gap than the text ends in.
    private func following(_ text: [UInt8]) async throws -> [Double] {
        let (logits, rest) = try await reading.behind(text)
        var found = logits.map(Double.init)
        for entry in 0..<Generator.firstWord where entry != Generator.end { found[entry] = -.infinity }
        if rest.isEmpty { return found }
        let wanted = rest == [Generator.gap]
        for (place, word) in words.enumerated() where (word.first == Generator.gap) != wanted {
            found[Generator.firstWord + place] = -.infinity
        }
        return found
    }

    private func rests(_ text: [UInt8], _ typed: [UInt8], _ count: Int) async throws -> [Suggestion] {
        let logits = try await following(Array(text.dropLast(typed.count)))
        var kept = [Double](repeating: -.infinity, count: logits.count)
        for entry in longer(typed) { kept[entry] = logits[entry] }
        return scored(kept, count) { words[$0 - Generator.firstWord].dropFirst(typed.count) }
    }

    private func longer(_ typed: [UInt8]) -> [Int] {
        words.indices.filter { words[$0].count > typed.count && words[$0].starts(with: typed) }
            .map { Generator.firstWord + $0 }
    }

    /// The share that the word has, as an entry, among all entries that begin with it.
    private func whole(_ text: [UInt8], _ typed: [UInt8]) async throws -> Double {
        let logits = try await following(Array(text.dropLast(typed.count)))
        guard let entry = numbers[typed], logits[entry] > -.infinity else { return 0 }
        let rows = ([entry] + longer(typed)).map { logits[$0] }
        let most = rows.max() ?? 0
        return exp(rows[0] - most) / rows.reduce(0) { $0 + exp($1 - most) }
    }

    private func scored(_ given: [Double], _ count: Int, _ piece: (Int) -> ArraySlice<UInt8>) -> [Suggestion] {
        var logits = given
        logits[Generator.end] = -.infinity
        let places = Generator.highest(logits, count)
        guard let best = places.first else { return [] }
        let total = logits.reduce(0) { $0 + exp($1 - logits[best]) }
        return places.map { entry in
            let word = words[entry - Generator.firstWord]
            let shown = Bytes.shown(word.first == Generator.gap ? word[1...] : word[...])
            let score = exp(logits[entry] - logits[best]) / total
            return Suggestion(text: Bytes.shown(piece(entry)), word: shown, score: score)
        }
    }

    /// Places of the highest values that are numbers, best first, of equals the first: so many at most.
    private static func highest(_ values: [Double], _ count: Int) -> [Int] {
        var found: [Int] = []
        for (place, value) in values.enumerated() where value > -.infinity {
            if found.count == count, let last = found.last, value <= values[last] { continue }
            let at = found.firstIndex { values[$0] < value } ?? found.count
            found.insert(place, at: at)
            if found.count > count { found.removeLast() }
        }
        return found
    }
}
