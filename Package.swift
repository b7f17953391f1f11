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
        .target(name: "CLinux"),
        .target(name: "WeirJournal", dependencies: ["WeirCore", "CLinux"], swiftSettings: settings),
        .target(name: "CMallocCount", path: "Tests/CMallocCount"),
        .target(name: "WeirTestSupport", path: "Tests/WeirTestSupport", swiftSettings: settings),
        .testTarget(
            name: "WeirCoreTests", dependencies: ["WeirCore", "WeirTestSupport", "CMallocCount"],
            swiftSettings: settings),
        .testTarget(
            name: "WeirJournalTests", dependencies: ["WeirJournal", "WeirTestSupport"], swiftSettings: settings),
    ]
)
