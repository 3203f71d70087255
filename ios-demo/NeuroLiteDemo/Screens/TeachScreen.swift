import NeuroLiteCore
import NeuroLiteScreens
import SwiftUI
import UniformTypeIdentifiers

/// Labels with examples of your own, kept on this device; exported and imported as the learner's file.
struct TeachScreen: View {
    @Bindable var model: TeachModel
    @State private var isImporting = false

    var body: some View {
        NavigationStack {
            List {
                ProblemRow(problem: model.problem)
                teach
                ask
                ForEach(model.labels) { label in
                    Section {
                        ForEach(model.examples.filter { $0.label == label.name }) { example in
                            Text(verbatim: example.text ?? "#\(example.id)")
                                .swipeActions { removal(of: example) }
                        }
                    } header: {
                        header(label)
                    }
                }
            }
            .navigationTitle("Teach")
            .toolbar {
                Button("Import", systemImage: "square.and.arrow.down") { isImporting = true }
                ShareLink(item: model.file) { Label("Export", systemImage: "square.and.arrow.up") }
                    .disabled(model.labels.isEmpty)
            }
            .fileImporter(isPresented: $isImporting, allowedContentTypes: [.data]) { take($0) }
            .task { await model.begin() }
        }
    }

    private var teach: some View {
        Section {
            TextField("Label, such as billing", text: $model.label)
                .autocorrectionDisabled()
            TextField("Example, such as: my invoice is wrong", text: $model.example, axis: .vertical)
            Button("Add the example") { Task { await model.add() } }
                .disabled(model.isBusy || model.label.isEmpty || model.example.isEmpty)
        } footer: {
            Text("Three or more examples for each of two labels, then ask.")
        }
    }

    private var ask: some View {
        Section("Ask") {
            TextField("A text", text: $model.question, axis: .vertical)
            Button("What is it?") { Task { await model.ask() } }
                .disabled(model.isBusy || model.question.isEmpty || model.labels.isEmpty)
            if let answer = model.answer { result(answer) }
        }
    }

    @ViewBuilder private func result(_ answer: Learned) -> some View {
        ScoreRow(item: LabelScore(label: answer.label, score: answer.score ?? 0))
        if answer.abstained == true { Text("Far from all that was taught.") }
        ForEach(answer.evidence) { near in
            LabeledContent {
                Text(near.cosine, format: .number.precision(.fractionLength(2)))
            } label: {
                Text("Near: \(near.text ?? near.label)")
            }
            .font(.footnote)
        }
        Menu("It is something else") {
            ForEach(model.labels) { label in
                Button(label.name) { Task { await model.correct(to: label.name) } }
            }
        }
    }

    private func header(_ label: Learner.Label) -> some View {
        HStack {
            Text("\(label.name), \(label.examples) examples")
            Spacer()
            Button("Forget the label", systemImage: "trash", role: .destructive) {
                Task { await model.forget(label.name) }
            }
            .labelStyle(.iconOnly)
        }
    }

    private func removal(of example: Evidence) -> some View {
        Button("Remove", systemImage: "trash", role: .destructive) { Task { await model.remove(example.id) } }
    }

    /// A file from outside the app is only readable while it is asked for.
    private func take(_ picked: Result<URL, any Error>) {
        guard case .success(let url) = picked else { return }
        Task {
            let isScoped = url.startAccessingSecurityScopedResource()
            await model.importStore(url)
            if isScoped { url.stopAccessingSecurityScopedResource() }
        }
    }
}
