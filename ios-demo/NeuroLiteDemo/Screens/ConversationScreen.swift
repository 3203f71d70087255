import NeuroLiteScreens
import SwiftUI

/// Each text is answered in the light of those before it, until it is told to forget.
struct ConversationScreen: View {
    @Bindable var model: ConversationModel

    var body: some View {
        NavigationStack {
            ScrollViewReader { place in
                List {
                    ProblemRow(problem: model.problem)
                    if model.turns.isEmpty { hint }
                    ForEach(model.turns) { turn in
                        Section {
                            Text(verbatim: turn.text)
                            ForEach(turn.answer.best.prefix(2), id: \.label) { ScoreRow(item: $0) }
                            if turn.answer.abstained == true { Text("None of what I know") }
                        }
                        .id(turn.id)
                    }
                }
                .onChange(of: model.turns.count) { _, count in
                    withAnimation { place.scrollTo(count - 1, anchor: .bottom) }
                }
            }
            .safeAreaInset(edge: .bottom) { input }
            .navigationTitle("Conversation")
            .toolbar {
                Button("Forget", systemImage: "eraser", role: .destructive) { Task { await model.forget() } }
                    .disabled(model.remembered == 0)
                    .accessibilityHint("Everything that was said is forgotten, also on the disk.")
            }
            .task { await model.begin() }
        }
    }

    @ViewBuilder private var hint: some View {
        if model.remembered > 0 {
            Text("I still remember \(model.remembered) texts from before.")
        } else {
            Text("Say: I want to book a table. Then: for two people.")
        }
    }

    private var input: some View {
        HStack {
            TextField("Say something", text: $model.text, axis: .vertical)
                .textFieldStyle(.roundedBorder)
                .lineLimit(1...4)
                .onSubmit { send() }
            Button("Send", systemImage: "arrow.up.circle.fill") { send() }
                .labelStyle(.iconOnly)
                .font(.title2)
                .disabled(model.isBusy || model.text.isEmpty)
        }
        .padding()
        .background(.bar)
    }

    private func send() { Task { await model.send() } }
}
