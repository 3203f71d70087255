/// A text as a model reads it: at most so many bytes, cut at a word border, docs/hash-spec.md section 8.
public struct Cut: Equatable, Sendable {
    public let bytes: [UInt8]
    /// Something other than separators was cut off.
    public let isTruncated: Bool

    /// The cut falls at the end of the last word that is whole within the limit; where one word fills it, at the limit.
    public init(_ text: [UInt8], limit: Int) {
        guard text.count > limit else {
            bytes = text
            isTruncated = false
            return
        }
        // What comes after the cut decides whether a word goes on, so look a little past the limit.
        let borders = WordBorders(text.prefix(limit + WordBorders.longestCluster + 8)).positions
        let last = borders.last { $0 <= limit } ?? 0
        let end = last > 0 ? last : limit
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0D, 0x0A, 0x00]
        bytes = Array(text[..<end])
        isTruncated = text[end...].contains { !blanks.contains($0) }
    }
}
