import NeuroLiteCore
import NeuroLiteScreens
import SwiftUI

/// Type, and see the answer.
struct AnswerScreen: View {
    @Bindable var model: AnswerModel
    @FocusState private var isTyping: Bool

    var body: some View {
        NavigationStack {
            List {
                Section {
                    TextField("Such as: set an alarm for six", text: $model.text, axis: .vertical)
                        .lineLimit(2...8)
                        .focused($isTyping)
                        .autocorrectionDisabled()
                        .accessibilityLabel("Text to answer")
                } footer: {
                    Text("Everything happens on this device; nothing is sent.")
                }
                ProblemRow(problem: model.problem)
                if let answer = model.answer {
                    AnswerSections(text: model.text, answer: answer)
                    figures(answer)
                }
            }
            .navigationTitle("Answer")
            .scrollDismissesKeyboard(.interactively)
        }
    }

    private func figures(_ answer: Answer) -> some View {
        Section("Measured") {
            if let milliseconds = model.milliseconds {
                LabeledContent("Time", value: "\(milliseconds.formatted(.number.precision(.fractionLength(2)))) ms")
            }
            LabeledContent("Words", value: answer.words.formatted())
            LabeledContent("Runtime", value: model.runtime)
            if answer.isTruncated { Text("The end of the text was not read.") }
        }
    }
}

/// What was answered, and why.
struct AnswerSections: View {
    let text: String
    let answer: Answer

    var body: some View {
        Section("Answer") {
            if answer.abstained == true {
                Label("None of what I know", systemImage: "questionmark.circle")
                    .font(.headline)
            }
            ForEach(answer.best, id: \.label) { ScoreRow(item: $0) }
        }
        if !answer.rules.isEmpty {
            Section("Rules") {
                ForEach(answer.rules, id: \.rule.name) { RuleRow(fired: $0) }
            }
        }
        if !answer.spans.isEmpty {
            Section("Found in the text") { MarkedText(text: text, spans: answer.spans) }
        }
    }
}

/// A rule that fired, what it does and why.
struct RuleRow: View {
    let fired: FiredRule

    var body: some View {
        VStack(alignment: .leading) {
            Text(verbatim: fired.rule.name)
                .strikethrough(fired.isOverruled)
            Text(verbatim: fired.rule.does)
                .font(.footnote)
            if !fired.rule.reason.isEmpty {
                Text(verbatim: fired.rule.reason)
                    .font(.footnote)
                    .foregroundStyle(.secondary)
            }
            if fired.isOverruled {
                Text("A stronger rule had its way.")
                    .font(.footnote)
            }
        }
        .accessibilityElement(children: .combine)
    }
}
