import Foundation
import NeuroLiteCore
import Observation

/// The screen that answers as you type.
@MainActor @Observable
public final class AnswerModel {
    public static let name = "intents"

    public private(set) var answer: Answer?
    public private(set) var milliseconds: Double?
    public private(set) var runtime = ""
    public private(set) var problem: String?
    public var text = "" {
        didSet { if text != oldValue { ask() } }
    }

    @ObservationIgnored private let library: ModelLibrary
    @ObservationIgnored private var running: Task<Void, Never>?

    public init(_ library: ModelLibrary) {
        self.library = library
    }

    /// Until the last text that was typed is answered.
    public func settled() async { await running?.value }

    /// Only the newest text counts: what is typed meanwhile ends the older question.
    private func ask() {
        running?.cancel()
        let text = text
        guard !text.isEmpty else {
            answer = nil
            milliseconds = nil
            return
        }
        running = Task {
            do {
                let model = try await library.model(AnswerModel.name)
                let clock = ContinuousClock()
                let begin = clock.now
                let found = try await Reader(model).answer(text)
                guard !Task.isCancelled else { return }
                milliseconds = (clock.now - begin).milliseconds
                answer = found
                runtime = model.runtime
                problem = nil
            } catch {
                guard !Task.isCancelled else { return }
                problem = String(describing: error)
            }
        }
    }
}

extension Duration {
    var milliseconds: Double { Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15 }
}
