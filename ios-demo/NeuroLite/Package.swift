// swift-tools-version: 5.9
import PackageDescription

let strict: [SwiftSetting] = [.enableExperimentalFeature("StrictConcurrency")]

let package = Package(
    name: "NeuroLite",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(
            name: "NeuroLite", targets: ["NeuroLiteCore", "NeuroLiteEngine", "NeuroLiteCoreML", "NeuroLiteCoreAI"]),
        .library(name: "NeuroLiteScreens", targets: ["NeuroLiteScreens"]),
        .executable(name: "neurolite-swift", targets: ["neurolite-swift"]),
    ],
    targets: [
        // Bytes, decisions, conversations, what a user teaches: pure Swift, the same everywhere.
        .target(name: "NeuroLiteCore", swiftSettings: strict),
        // The C runtime, by includes of runtimes/native: the package builds in a checkout, with nothing made before.
        .target(name: "NeuroLiteC"),
        .target(name: "NeuroLiteEngine", dependencies: ["NeuroLiteC", "NeuroLiteCore"], swiftSettings: strict),
        // Empty where the system has no Core ML, no Core AI.
        .target(name: "NeuroLiteCoreML", dependencies: ["NeuroLiteCore"], swiftSettings: strict),
        .target(name: "NeuroLiteCoreAI", dependencies: ["NeuroLiteCore"], swiftSettings: strict),
        // What the app's screens do, without SwiftUI, so that it is compiled and tested on Linux too.
        .target(
            name: "NeuroLiteScreens",
            dependencies: ["NeuroLiteCore", "NeuroLiteEngine", "NeuroLiteCoreML", "NeuroLiteCoreAI"],
            swiftSettings: strict),
        .executableTarget(
            name: "neurolite-swift",
            dependencies: ["NeuroLiteCore", "NeuroLiteEngine", "NeuroLiteCoreML", "NeuroLiteCoreAI"],
            swiftSettings: strict),
        .testTarget(name: "NeuroLiteCoreTests", dependencies: ["NeuroLiteCore"], swiftSettings: strict),
        .testTarget(name: "NeuroLiteEngineTests", dependencies: ["NeuroLiteEngine"], swiftSettings: strict),
        .testTarget(name: "NeuroLiteScreensTests", dependencies: ["NeuroLiteScreens"], swiftSettings: strict),
    ],
    cLanguageStandard: .c11
)
