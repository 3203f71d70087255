import Foundation
import NeuroLiteCore
import Observation

/// The screen that remembers what was said.
@MainActor @Observable
public final class ConversationModel {
    public static let name = "dialogues"

    /// A text and its answer.
    public struct Turn: Identifiable, Sendable {
        public let id: Int
        public let text: String
        public let answer: Answer
    }

    public private(set) var turns: [Turn] = []
    /// Texts that are remembered, those of earlier days too.
    public private(set) var remembered = 0
    public private(set) var isBusy = false
    public private(set) var problem: String?
    public var text = ""

    @ObservationIgnored private let library: ModelLibrary
    @ObservationIgnored private let file: URL
    @ObservationIgnored private var conversation: Conversation?

    public init(_ library: ModelLibrary, file: URL) {
        self.library = library
        self.file = file
    }

    /// Goes on with what was kept; a file that is refused is said, and the conversation begins again.
    public func begin() async {
        await perform { _ = try await self.opened() }
    }

    public func send() async {
        let said = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !said.isEmpty, !isBusy else { return }
        text = ""
        await perform {
            let conversation = try await self.opened()
            let answer = try await conversation.remember(said)
            try await conversation.save(to: self.file)
            self.turns.append(Turn(id: self.turns.count, text: said, answer: answer))
            self.remembered = await conversation.turns
        }
    }

    /// Nothing is remembered any more, nor kept in the file.
    public func forget() async {
        await perform {
            try? FileManager.default.removeItem(at: self.file)
            await self.conversation?.forget()
            self.turns = []
            self.remembered = 0
        }
    }

    private func opened() async throws -> Conversation {
        if let conversation { return conversation }
        let made = try Conversation(Reader(try await library.model(ConversationModel.name)))
        conversation = made
        if FileManager.default.fileExists(atPath: file.path) { try await made.open(file) }
        remembered = await made.turns
        return made
    }

    private func perform(_ work: @MainActor () async throws -> Void) async {
        isBusy = true
        defer { isBusy = false }
        do {
            try await work()
            problem = nil
        } catch {
            problem = String(describing: error)
        }
    }
}
