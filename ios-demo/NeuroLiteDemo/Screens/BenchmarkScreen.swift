import NeuroLiteCore
import NeuroLiteScreens
import SwiftUI

/// Times of the model on this device, and whether they count.
struct BenchmarkScreen: View {
    @Bindable var model: BenchmarkModel
    @Environment(\.scenePhase) private var phase

    var body: some View {
        NavigationStack {
            List {
                Section {
                    Picker("Runtime", selection: $model.runtime) {
                        ForEach(model.runtimes) { Text(verbatim: $0.rawValue).tag($0) }
                    }
                    .disabled(model.isRunning)
                    Button("Run") { model.run() }
                        .disabled(model.isRunning || model.runtimes.isEmpty)
                    if model.isRunning { ProgressView("Running; keep the app open.") }
                }
                ProblemRow(problem: model.problem)
                if let result = model.result { sections(of: result) }
            }
            .navigationTitle("Benchmark")
            .toolbar { share }
            .task { await model.begin() }
            .onChange(of: phase) { _, new in if new != .active { model.leave() } }
            .onDisappear { model.leave() }
        }
    }

    @ViewBuilder private var share: some View {
        if let file = model.report {
            ShareLink(item: file) { Label("Share the report", systemImage: "square.and.arrow.up") }
        }
    }

    @ViewBuilder private func sections(of result: BenchScreen) -> some View {
        Section("Counts") {
            if let reason = result.whyNot {
                Label("No result: \(reason)", systemImage: "xmark.octagon")
                    .foregroundStyle(.red)
            } else {
                Label("The figures count.", systemImage: "checkmark.seal")
            }
            ForEach(result.warnings, id: \.self) { Text(verbatim: $0) }
        }
        if result.whyNot == nil {
            Section("Opening") {
                row("First load", result.firstLoad)
                row("Later load", result.laterLoad)
                row("First answer", result.firstAnswer)
            }
            ForEach(BenchScreen.words, id: \.self) { words in
                if let times = model.times(words) { section(words, times) }
            }
        }
        Section("Conditions") {
            bytes("Memory before", result.memory.before)
            bytes("Memory with the model", result.memory.loaded)
            bytes("Memory after", result.memory.after)
            LabeledContent("Warmth before", value: result.thermalBefore?.rawValue ?? "-")
            LabeledContent("Warmth after", value: result.thermalAfter?.rawValue ?? "-")
            LabeledContent("Threads", value: result.subject.threads.formatted())
            LabeledContent("Runtime", value: result.subject.runtime)
            LabeledContent("SHA-256", value: result.subject.sha256)
                .font(.footnote.monospaced())
        }
    }

    private func section(_ words: Int, _ times: Statistics) -> some View {
        Section("\(words) words") {
            row("p50", times.p50)
            row("p90", times.p90)
            row("Longest", times.max)
        }
    }

    private func row(_ name: LocalizedStringKey, _ milliseconds: Double?) -> some View {
        LabeledContent(
            name, value: milliseconds.map { "\($0.formatted(.number.precision(.fractionLength(3)))) ms" } ?? "-")
    }

    private func bytes(_ name: LocalizedStringKey, _ count: Int?) -> some View {
        LabeledContent(name, value: count.map { Int64($0).formatted(.byteCount(style: .memory)) } ?? "-")
    }
}
