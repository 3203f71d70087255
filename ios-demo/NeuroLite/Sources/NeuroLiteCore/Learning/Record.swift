/// The records of a store (.nls); docs/learning.md has the format byte by byte.
enum Record: Equatable, Sendable {
    case label(number: Int, name: String)
    case example(Example)
    case removal(id: Int)
    case relabel(id: Int, label: Int)
    /// Examples were of use, or misled: rewards from -1 to 1.
    case use([Reward])
    case merge(source: Int, into: Int)
    case forget(label: Int)
    /// A fit of labels' weights, by which an app does not answer.
    case weights(labels: [Int])
    case correction(id: Int, answered: Int)

    struct Example: Equatable, Sendable {
        let id: Int
        let label: Int
        let clock: Int
        let strength: Float
        /// Numbers that float16 holds.
        let vector: [Float]
        let text: [UInt8]
    }

    struct Reward: Equatable, Sendable {
        let id: Int
        let reward: Float
    }

    static let noLabel = Int(UInt32.max)
    static let mostDimension = 4_096
    static let mostLabels = 10_000
    static let mostID = Int(Int32.max)
    static let mostExamples = 1_000_000
    static let mostUses = 64
    static let mostPayload: UInt32 = 4 << 24 + 8 * 10_000 + 4

    /// Why a label cannot be called that; nil where it can. Characters are counted as Unicode's code points.
    static func problem(ofName name: String) -> String? {
        (1...256).contains(name.unicodeScalars.count) ? nil : "it must have 1 to 256 characters"
    }
}

/// What a payload or a record is that no writer of this format makes.
struct MalformedError: Error {
    let what: String
}
