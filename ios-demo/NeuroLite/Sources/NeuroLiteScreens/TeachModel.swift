import Foundation
import NeuroLiteCore
import Observation

/// The screen that teaches labels by examples.
@MainActor @Observable
public final class TeachModel {
    public static let name = "english"

    public private(set) var labels: [Learner.Label] = []
    public private(set) var examples: [Evidence] = []
    public private(set) var answer: Learned?
    public private(set) var isBusy = false
    public private(set) var problem: String?
    public var label = ""
    public var example = ""
    public var question = ""

    /// The learner's file, to be shared as it is.
    public let file: URL
    @ObservationIgnored private let library: ModelLibrary
    @ObservationIgnored private var learner: Learner?

    public init(_ library: ModelLibrary, file: URL) {
        self.library = library
        self.file = file
    }

    public func begin() async { await perform { _ in } }

    public func add() async {
        let (label, example) = (trimmed(label), trimmed(example))
        guard !label.isEmpty, !example.isEmpty else { return }
        await perform { learner in
            try await learner.add(label, example)
            self.example = ""
        }
    }

    public func ask() async {
        let question = trimmed(question)
        guard !question.isEmpty else { return }
        await perform { self.answer = try await $0.classify(question) }
    }

    /// The user says which label the question has.
    public func correct(to label: String) async {
        let question = trimmed(question)
        await perform { learner in
            try await learner.correct(label, question)
            self.answer = try await learner.classify(question)
        }
    }

    /// What is gone is gone from the disk.
    public func remove(_ id: Int) async {
        await perform { learner in
            try await learner.remove(id)
            try await learner.compact()
        }
    }

    public func forget(_ label: String) async {
        await perform { learner in
            try await learner.forget(label)
            self.answer = nil
        }
    }

    /// Takes over the examples of another store of the same encoder.
    public func importStore(_ url: URL) async {
        await perform { try await $0.merge(url) }
    }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    private func perform(_ work: @MainActor (Learner) async throws -> Void) async {
        isBusy = true
        defer { isBusy = false }
        do {
            let learner = try await opened()
            try await work(learner)
            labels = await learner.labels()
            examples = try await learner.examples()
            problem = nil
        } catch {
            problem = String(describing: error)
        }
    }

    private func opened() async throws -> Learner {
        if let learner { return learner }
        let made = try Learner(try await library.model(TeachModel.name), file: file)
        learner = made
        return made
    }
}
