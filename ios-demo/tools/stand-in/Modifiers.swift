import UniformTypeIdentifiers

extension View {
    public func tabItem(@ViewBuilder _ label: () -> some View) -> some View { Drawn() }
    public func navigationTitle(_ title: LocalizedStringKey) -> some View { Drawn() }
    public func toolbar(@ViewBuilder content: () -> some View) -> some View { Drawn() }
    public func disabled(_ isDisabled: Bool) -> some View { Drawn() }
    public func font(_ font: Font?) -> some View { Drawn() }
    public func foregroundStyle(_ style: Color) -> some View { Drawn() }
    public func foregroundStyle(_ style: SecondaryStyle) -> some View { Drawn() }
    public func background(_ style: BarStyle) -> some View { Drawn() }
    public func padding() -> some View { Drawn() }
    public func lineLimit(_ range: ClosedRange<Int>) -> some View { Drawn() }
    public func focused(_ state: FocusState<Bool>) -> some View { Drawn() }
    public func autocorrectionDisabled() -> some View { Drawn() }
    public func textFieldStyle(_ style: FieldStyle) -> some View { Drawn() }
    public func labelStyle(_ style: LabelStyle) -> some View { Drawn() }
    public func id(_ id: some Hashable) -> some View { Drawn() }
    public func tag(_ tag: some Hashable) -> some View { Drawn() }
    public func onSubmit(_ action: @escaping () -> Void) -> some View { Drawn() }
    public func onDisappear(perform action: (() -> Void)?) -> some View { Drawn() }
    public func onChange<Value: Equatable>(of value: Value, _ action: @escaping (Value, Value) -> Void) -> some View {
        Drawn()
    }
    public func task(_ action: @escaping @Sendable @MainActor () async -> Void) -> some View { Drawn() }
    public func scrollDismissesKeyboard(_ mode: ScrollDismissesKeyboardMode) -> some View { Drawn() }
    public func safeAreaInset(edge: Edge, @ViewBuilder content: () -> some View) -> some View { Drawn() }
    public func swipeActions(@ViewBuilder content: () -> some View) -> some View { Drawn() }
    public func accessibilityLabel(_ label: LocalizedStringKey) -> some View { Drawn() }
    public func accessibilityHint(_ hint: LocalizedStringKey) -> some View { Drawn() }
    public func accessibilityHidden(_ isHidden: Bool) -> some View { Drawn() }
    public func accessibilityElement(children: ChildBehavior) -> some View { Drawn() }
    public func fileImporter(
        isPresented: Binding<Bool>, allowedContentTypes: [UTType],
        onCompletion: @escaping (Result<URL, any Error>) -> Void
    ) -> some View { Drawn() }
}
