// A stand-in for the part of App Intents that the app uses; see SwiftUI.swift.
@_exported import Foundation

public protocol IntentResult: Sendable {}
public protocol ReturnsValue<Value>: IntentResult { associatedtype Value }
public protocol ProvidesDialog: IntentResult {}

public struct Given<Value: Sendable>: IntentResult, ReturnsValue, ProvidesDialog {}

extension IntentResult {
    public static func result<Value: Sendable>(value: Value, dialog: IntentDialog) -> Self where Self == Given<Value> {
        Given()
    }
}

public struct LocalizedStringResource: ExpressibleByStringLiteral, Sendable {
    public init(stringLiteral value: String) {}
}

public struct IntentDialog: ExpressibleByStringInterpolation, Sendable {
    public init(stringLiteral value: String) {}
}

public struct IntentDescription: Sendable {
    public init(_ text: LocalizedStringResource) {}
}

public protocol ParameterSummary: Sendable {}

public struct IntentParameterSummary<Intent: AppIntent>: ParameterSummary {
    public struct Line: ExpressibleByStringInterpolation {
        public struct StringInterpolation: StringInterpolationProtocol {
            public init(literalCapacity: Int, interpolationCount: Int) {}
            public mutating func appendLiteral(_ literal: String) {}
            public mutating func appendInterpolation<Value>(_ path: KeyPath<Intent, Parameter<Value>>) {}
        }
        public init(stringLiteral value: String) {}
        public init(stringInterpolation: StringInterpolation) {}
    }
    public init(_ line: Line) {}
}

public protocol AppIntent: Sendable {
    associatedtype Performed: IntentResult
    associatedtype Shown: ParameterSummary
    static var title: LocalizedStringResource { get }
    static var description: IntentDescription? { get }
    static var parameterSummary: Shown { get }
    func perform() async throws -> Performed
    init()
}

@propertyWrapper public struct Parameter<Value: Sendable>: Sendable {
    public init(title: LocalizedStringResource) {}
    public var wrappedValue: Value {
        get { fatalError("A stand-in keeps nothing.") }
        set {}
    }
    public var projectedValue: Parameter<Value> { self }
}

extension AppIntent {
    public typealias Parameter = AppIntents.Parameter
    public typealias Summary = IntentParameterSummary<Self>
}

public struct AppShortcutPhrase: ExpressibleByStringInterpolation, Sendable {
    public enum Token: Sendable { case applicationName }
    public struct StringInterpolation: StringInterpolationProtocol {
        public init(literalCapacity: Int, interpolationCount: Int) {}
        public mutating func appendLiteral(_ literal: String) {}
        public mutating func appendInterpolation(_ token: Token) {}
    }
    public init(stringLiteral value: String) {}
    public init(stringInterpolation: StringInterpolation) {}
}

public struct AppShortcut: Sendable {
    public init(
        intent: some AppIntent, phrases: [AppShortcutPhrase], shortTitle: LocalizedStringResource,
        systemImageName: String
    ) {}
}

@resultBuilder public enum AppShortcutsBuilder {
    public static func buildBlock(_ shortcuts: AppShortcut...) -> [AppShortcut] { shortcuts }
}

public protocol AppShortcutsProvider {
    @AppShortcutsBuilder static var appShortcuts: [AppShortcut] { get }
}
