// swift-tools-version: 6.2
import PackageDescription

/// The fuzzer: a package of its own, so that what is instrumented is never linked into what is shipped. `Links` are the
/// sources of the product; `Properties` are tests of the product too. Built by `Tests/Fuzz/run`.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "weir-fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: [])],
    targets: [
        .target(name: "WeirCore", path: "Links/WeirCore", swiftSettings: settings),
        .target(name: "WeirBilling", path: "Links/WeirBilling", swiftSettings: settings),
        .target(
            name: "WeirCalendar", dependencies: ["WeirBilling", "WeirCore"], path: "Links/WeirCalendar",
            swiftSettings: settings),
        .target(name: "WeirDoors", dependencies: ["WeirCore"], path: "Links/WeirDoors", swiftSettings: settings),
        .target(
            name: "WeirSettings", dependencies: [.product(name: "Configuration", package: "swift-configuration")],
            path: "Links/WeirSettings", swiftSettings: settings),
        .target(name: "CHiredis", path: "Links/CHiredis", linkerSettings: [.linkedLibrary("hiredis")]),
        .target(name: "WeirReplies", dependencies: ["CHiredis"], path: "Links/WeirReplies", swiftSettings: settings),
        .target(name: "WeirAddress", path: "Links/WeirAddress", swiftSettings: settings),
        .target(name: "WeirJSON", path: "Links/WeirJSON", swiftSettings: settings),
        .target(
            name: "WeirFuzzing",
            dependencies: [
                "WeirBilling", "WeirCore", "WeirCalendar", "WeirDoors", "WeirSettings", "WeirReplies", "WeirAddress",
                "WeirJSON",
            ],
            path: "Properties", swiftSettings: settings),
        .executableTarget(
            name: "fuzz", dependencies: ["WeirFuzzing"], path: "Program",
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]),
    ]
)
