// swift-tools-version: 6.2
import PackageDescription

/// The language settings of every target: Swift 6 mode (from the tools version) and the features that become defaults next.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "weir",
    targets: [
        .target(name: "WeirCore", swiftSettings: settings + [.strictMemorySafety()]),
        .target(name: "CMallocCount", path: "Tests/CMallocCount"),
        .testTarget(
            name: "WeirCoreTests",
            dependencies: ["WeirCore", "CMallocCount"],
            swiftSettings: settings),
    ]
)
