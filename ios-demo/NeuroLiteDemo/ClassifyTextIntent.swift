import AppIntents
import NeuroLiteCore
import NeuroLiteScreens

/// "Classify text" for Shortcuts and Siri: the label of a text, without opening the app.
struct ClassifyTextIntent: AppIntent {
    static let title: LocalizedStringResource = "Classify Text"
    static let description: IntentDescription? = IntentDescription("Says what a text asks for, on this device alone.")

    @Parameter(title: "Text")
    var text: String

    static var parameterSummary: some ParameterSummary { Summary("Classify \(\.$text)") }

    func perform() async throws -> some IntentResult & ReturnsValue<String> & ProvidesDialog {
        let model = try await AppParts.library.model(AnswerModel.name)
        let answer = try await Reader(model).answer(text)
        let label = answer.label ?? ""
        let said: IntentDialog = label.isEmpty ? "This is none of what I know." : "\(label)"
        return .result(value: label, dialog: said)
    }
}

struct NeuroLiteShortcuts: AppShortcutsProvider {
    static var appShortcuts: [AppShortcut] {
        AppShortcut(
            intent: ClassifyTextIntent(), phrases: ["Classify text with \(.applicationName)"],
            shortTitle: "Classify Text", systemImageName: "text.bubble")
    }
}
