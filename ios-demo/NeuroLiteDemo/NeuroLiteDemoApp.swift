import SwiftUI

@main
struct NeuroLiteDemoApp: App {
    @State private var parts = AppParts()

    var body: some Scene {
        WindowGroup {
            TabView {
                AnswerScreen(model: parts.answer)
                    .tabItem { Label("Answer", systemImage: "text.bubble") }
                ConversationScreen(model: parts.conversation)
                    .tabItem { Label("Conversation", systemImage: "bubble.left.and.bubble.right") }
                TeachScreen(model: parts.teach)
                    .tabItem { Label("Teach", systemImage: "graduationcap") }
                BenchmarkScreen(model: parts.benchmark)
                    .tabItem { Label("Benchmark", systemImage: "stopwatch") }
            }
        }
    }
}
