public struct UTType: Sendable {
    public static let data = UTType()
}
