import Foundation
import NeuroLiteScreens

/// What the app is put together from: one library of models, a model for each screen, files in Application Support.
@MainActor
final class AppParts {
    /// Models are in a folder of the bundle, or beside everything else where Xcode compiled them into the app.
    static let library = ModelLibrary(
        [Bundle.main.resourceURL?.appendingPathComponent("Models"), Bundle.main.resourceURL].compactMap { $0 })

    let answer = AnswerModel(AppParts.library)
    let conversation = ConversationModel(AppParts.library, file: AppParts.file("conversation.nlstate"))
    let teach = TeachModel(AppParts.library, file: AppParts.file("learned.nls"))
    let benchmark = BenchmarkModel(AppParts.library, probe: DeviceFacts.probe, device: DeviceFacts.device)

    private static func file(_ name: String) -> URL {
        let support = FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask)
        let folder = (support.first ?? FileManager.default.temporaryDirectory).appendingPathComponent("NeuroLite")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.appendingPathComponent(name)
    }
}
