public enum Alignment: Sendable { case leading, trailing, center }
public enum Axis: Sendable { case horizontal, vertical }
public enum Edge: Sendable { case top, bottom }
public enum UnitPoint: Sendable { case top, bottom }
public enum ButtonRole: Sendable { case destructive, cancel }
public enum ScrollDismissesKeyboardMode: Sendable { case interactively }
public enum ChildBehavior: Sendable { case combine, contain, ignore }
public enum SecondaryStyle: Sendable { case secondary }
public enum BarStyle: Sendable { case bar }
public enum FieldStyle: Sendable { case roundedBorder }
public enum LabelStyle: Sendable { case iconOnly }

public struct Font: Sendable {
    public static let headline = Font()
    public static let footnote = Font()
    public static let title2 = Font()
    public func monospaced() -> Font { self }
}

public struct VStack: View {
    public init(alignment: Alignment = .center, spacing: Double? = nil, @ViewBuilder content: () -> some View) {}
    public var body: Never { return nothing() }
}

public struct HStack: View {
    public init(@ViewBuilder content: () -> some View) {}
    public var body: Never { return nothing() }
}

public struct ViewThatFits: View {
    public init(@ViewBuilder content: () -> some View) {}
    public var body: Never { return nothing() }
}

public struct List: View {
    public init(@ViewBuilder content: () -> some View) {}
    public var body: Never { return nothing() }
}

public struct NavigationStack: View {
    public init(@ViewBuilder root: () -> some View) {}
    public var body: Never { return nothing() }
}

public struct TabView: View {
    public init(@ViewBuilder content: () -> some View) {}
    public var body: Never { return nothing() }
}

public struct Spacer: View {
    public init() {}
    public var body: Never { return nothing() }
}

public struct Image: View {
    public init(systemName: String) {}
    public var body: Never { return nothing() }
}

public struct Section: View {
    public init(@ViewBuilder content: () -> some View) {}
    public init(_ title: LocalizedStringKey, @ViewBuilder content: () -> some View) {}
    public init(@ViewBuilder content: () -> some View, @ViewBuilder footer: () -> some View) {}
    public init(@ViewBuilder content: () -> some View, @ViewBuilder header: () -> some View) {}
    public var body: Never { return nothing() }
}

public struct ForEach: View {
    public init<Rows: RandomAccessCollection>(_ rows: Rows, @ViewBuilder content: (Rows.Element) -> some View)
    where Rows.Element: Identifiable {}
    public init<Rows: RandomAccessCollection, ID: Hashable>(
        _ rows: Rows, id: KeyPath<Rows.Element, ID>, @ViewBuilder content: (Rows.Element) -> some View
    ) {}
    public var body: Never { return nothing() }
}

public struct Label: View {
    public init(_ title: LocalizedStringKey, systemImage: String) {}
    public init(@ViewBuilder title: () -> some View, @ViewBuilder icon: () -> some View) {}
    public var body: Never { return nothing() }
}

public struct Button: View {
    public init(_ title: LocalizedStringKey, action: @escaping @MainActor () -> Void) {}
    @_disfavoredOverload public init(_ title: some StringProtocol, action: @escaping @MainActor () -> Void) {}
    public init(_ title: LocalizedStringKey, systemImage: String, action: @escaping @MainActor () -> Void) {}
    public init(
        _ title: LocalizedStringKey, systemImage: String, role: ButtonRole?, action: @escaping @MainActor () -> Void
    ) {}
    public var body: Never { return nothing() }
}

public struct Menu: View {
    public init(_ title: LocalizedStringKey, @ViewBuilder content: () -> some View) {}
    public var body: Never { return nothing() }
}

public struct Picker: View {
    public init<Choice: Hashable>(
        _ title: LocalizedStringKey, selection: Binding<Choice>, @ViewBuilder content: () -> some View
    ) {}
    public var body: Never { return nothing() }
}

public struct TextField: View {
    public init(_ title: LocalizedStringKey, text: Binding<String>) {}
    public init(_ title: LocalizedStringKey, text: Binding<String>, axis: Axis) {}
    public var body: Never { return nothing() }
}

public struct ProgressView: View {
    public init(value: Double?) {}
    public init(_ title: LocalizedStringKey) {}
    public var body: Never { return nothing() }
}

public struct LabeledContent: View {
    public init(_ title: LocalizedStringKey, value: some StringProtocol) {}
    public init(@ViewBuilder content: () -> some View, @ViewBuilder label: () -> some View) {}
    public var body: Never { return nothing() }
}

public struct ShareLink: View {
    public init(item: URL, @ViewBuilder label: () -> some View) {}
    public var body: Never { return nothing() }
}

public struct ScrollViewProxy {
    public func scrollTo(_ id: some Hashable, anchor: UnitPoint? = nil) {}
}

public struct ScrollViewReader: View {
    public init(@ViewBuilder content: (ScrollViewProxy) -> some View) {}
    public var body: Never { return nothing() }
}

@MainActor public func withAnimation(_ body: () -> Void) { body() }
