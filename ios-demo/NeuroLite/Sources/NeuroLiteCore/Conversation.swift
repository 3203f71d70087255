import Foundation

/// Texts in their order, each answered in the light of those that were remembered before it.
public actor Conversation {
    private let reader: Reader
    private let modelID: String
    private var state: ModelState
    /// The last turn that was asked for: turns wait for each other, in the order in which they came.
    private var last: Task<Void, Never>?
    /// Texts that are remembered.
    public private(set) var turns = 0

    /// Raises where the model keeps no state, or does not say which it is.
    public init(_ reader: Reader) throws {
        let metadata = reader.model.metadata
        guard !metadata.state.isEmpty else {
            throw NeuroLiteError(.input, "\(metadata.name) keeps no state: each of its texts stands alone.")
        }
        guard let modelID = metadata.modelID else {
            throw NeuroLiteError(.artifact, "\(metadata.name) has no model_id. Export the model again.")
        }
        self.reader = reader
        self.modelID = modelID
        state = ModelState(start: metadata.state)
    }

    /// The answer to a text, which is not remembered.
    public func ask(_ text: String, top: Int = 3) async throws -> Answer {
        try await reader.answer(Bytes.of(text), state: state, top: top).0
    }

    /// The answer to a text, which is remembered: the next one is answered in its light.
    public func remember(_ text: String, top: Int = 3) async throws -> Answer {
        let before = last
        let turn = Task {
            await before?.value
            return try await self.take(text, top)
        }
        last = Task { _ = try? await turn.value }
        return try await turn.value
    }

    private func take(_ text: String, _ top: Int) async throws -> Answer {
        let (answer, outputs) = try await reader.answer(Bytes.of(text), state: state, top: top)
        state = outputs.state ?? state
        turns += 1
        return answer
    }

    /// Begins anew: nothing is remembered, and nothing of what was is left in this object.
    public func forget() async {
        await last?.value
        state.erase()
        state = ModelState(start: reader.model.metadata.state)
        turns = 0
    }

    public func save(to file: URL) throws {
        let saved = SavedState(modelID: modelID, turns: turns, specs: reader.model.metadata.state, state: state)
        try Files.write(saved.bytes, to: file)
    }

    /// Goes on with a saved conversation of this model, in any target and precision.
    public func open(_ file: URL) throws {
        let source = file.lastPathComponent
        let saved = try SavedState(Files.read(file, most: SavedState.limit, .state), source: source)
        guard saved.modelID == modelID, saved.specs == reader.model.metadata.state else {
            throw NeuroLiteError(
                .state, "\(source) is the state of another model. Give the file that belongs to it, or begin again.")
        }
        state = saved.state
        turns = saved.turns
    }
}
