/// What is wrong with a file, a text or a call: one sentence or two that name the value, what is allowed and the fix.
public struct NeuroLiteError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What it is about, so that an app can offer the right way out.
    public enum Kind: Sendable {
        case input, artifact, store, state
    }

    public let kind: Kind
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
