// A stand-in for the part of SwiftUI that the app uses, as Apple's documentation declares it; it draws nothing.
// With it a compiler without Apple's SDK says whether the screens fit the package: names, types, isolation, bindings.
@_exported import Foundation

@MainActor public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}

public func nothing() -> Never { fatalError("A stand-in draws nothing and keeps nothing.") }

extension Never: View {
    public var body: Never { return nothing() }
}

/// What everything here is made of.
public struct Drawn: View {
    public nonisolated init() {}
    public var body: Never { return nothing() }
}

@MainActor @resultBuilder public enum ViewBuilder {
    public static func buildBlock<each Part: View>(_ part: repeat each Part) -> Drawn { Drawn() }
    public static func buildOptional(_ part: Drawn?) -> Drawn { Drawn() }
    public static func buildEither(first: some View) -> Drawn { Drawn() }
    public static func buildEither(second: some View) -> Drawn { Drawn() }
}

@MainActor public protocol Scene {}

@MainActor public protocol App {
    associatedtype Body: Scene
    @SceneBuilder var body: Body { get }
    init()
}

extension App {
    public static func main() {}
}

@MainActor @resultBuilder public enum SceneBuilder {
    public static func buildBlock(_ part: some Scene) -> some Scene { part }
}

public struct WindowGroup: Scene {
    public init(@ViewBuilder _ content: () -> some View) {}
}

@MainActor @propertyWrapper public struct State<Value> {
    public init(wrappedValue: Value) { nothing() }
    public var wrappedValue: Value {
        get { nothing() }
        nonmutating set {}
    }
    public var projectedValue: Binding<Value> { Binding() }
}

@MainActor @propertyWrapper @dynamicMemberLookup public struct Bindable<Value: AnyObject> {
    public var wrappedValue: Value
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
    public var projectedValue: Bindable<Value> { self }
    public subscript<Part>(dynamicMember path: ReferenceWritableKeyPath<Value, Part>) -> Binding<Part> { Binding() }
}

@MainActor @propertyWrapper public struct FocusState<Value: Hashable> {
    public init() where Value == Bool {}
    public var wrappedValue: Value {
        get { nothing() }
        nonmutating set {}
    }
    public var projectedValue: FocusState<Value> { self }
}

@MainActor @propertyWrapper public struct Environment<Value> {
    public init(_ path: KeyPath<EnvironmentValues, Value>) {}
    public var wrappedValue: Value { nothing() }
}

public struct EnvironmentValues: Sendable { public var scenePhase: ScenePhase { .active } }
public enum ScenePhase: Sendable { case background, inactive, active }

public struct Binding<Value> { public init() {} }

public struct LocalizedStringKey: ExpressibleByStringInterpolation, Sendable {
    public init(stringLiteral value: String) {}
}

public struct Color: View, Hashable, Sendable {
    // swift-format-ignore: DontRepeatTypeInStaticProperties
    public static let accentColor = Color()
    public static let red = Color()
    public nonisolated init() {}
    public nonisolated func opacity(_ share: Double) -> Color { self }
    public var body: Never { return nothing() }
}

public struct Text: View {
    public struct LineStyle: Hashable, Sendable {
        public static let single = LineStyle()
    }
    public init(_ key: LocalizedStringKey) {}
    public init(verbatim text: String) {}
    @_disfavoredOverload public init(_ text: AttributedString) {}
    public init<Style: FormatStyle>(_ value: Style.FormatInput, format: Style) where Style.FormatOutput == String {}
    public func monospacedDigit() -> Text { self }
    public func strikethrough(_ isActive: Bool = true) -> Text { self }
    public var body: Never { return nothing() }
}

extension AttributeScopes {
    public enum BackgroundColor: AttributedStringKey {
        public typealias Value = Color
        public static let name = "backgroundColor"
    }
    public enum Underline: AttributedStringKey {
        public typealias Value = Text.LineStyle
        public static let name = "underlineStyle"
    }
}

extension AttributedSubstring {
    public var backgroundColor: Color? {
        get { self[AttributeScopes.BackgroundColor.self] }
        set { self[AttributeScopes.BackgroundColor.self] = newValue }
    }
    public var underlineStyle: Text.LineStyle? {
        get { self[AttributeScopes.Underline.self] }
        set { self[AttributeScopes.Underline.self] = newValue }
    }
}

/// Darwin's, which Foundation for Linux has not.
extension URL {
    public func startAccessingSecurityScopedResource() -> Bool { true }
    public func stopAccessingSecurityScopedResource() {}
}
