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
    products: [
        .library(name: "WeirClient", targets: ["WeirClient"]),
        .executable(name: "weir", targets: ["weir"]),
        .executable(name: "weir-agent", targets: ["weir-agent"]),
        .executable(name: "weir-collector", targets: ["weir-collector"]),
        .library(name: "weir-moved-clock", type: .dynamic, targets: ["CMovedClock"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .target(name: "WeirCore", swiftSettings: settings + [.strictMemorySafety()]),
        .target(name: "CLinux"),
        .target(name: "WeirCalendar", dependencies: ["WeirBilling", "WeirCore"], swiftSettings: settings),
        .testTarget(
            name: "WeirCalendarTests", dependencies: ["WeirBilling", "WeirCalendar", "WeirCore", "WeirTestSupport"],
            swiftSettings: settings),
        .target(name: "WeirBilling", swiftSettings: settings),
        .testTarget(
            name: "WeirBillingTests", dependencies: ["WeirBilling", "WeirCalendar", "WeirTestSupport"],
            swiftSettings: settings),
        .systemLibrary(name: "CLibpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "CHiredis", linkerSettings: [.linkedLibrary("hiredis")]),
        .target(
            name: "WeirRedis",
            dependencies: [
                "WeirCore", "CHiredis",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),
        .target(name: "WeirJournal", dependencies: ["WeirCore", "CLinux"], swiftSettings: settings),
        .target(
            name: "WeirSettings", dependencies: [.product(name: "Configuration", package: "swift-configuration")],
            swiftSettings: settings),
        .testTarget(
            name: "WeirSettingsTests", dependencies: ["WeirSettings", "WeirTestSupport"], swiftSettings: settings),
        .target(
            name: "WeirAgent",
            dependencies: [
                "WeirCore", "WeirCalendar", "WeirJournal", "WeirRedis", "WeirSettings", "CLinux",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "weir-agent",
            dependencies: [
                "WeirAgent", "WeirCore", "WeirSettings",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(
            name: "WeirStore",
            dependencies: [
                "WeirBilling", "WeirCore", "CLibpq", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WeirStoreTests",
            dependencies: ["WeirStore", "WeirBilling", "WeirCalendar", "WeirCore", "WeirTestSupport"],
            swiftSettings: settings),
        .target(
            name: "WeirCollector",
            dependencies: [
                "WeirBilling", "WeirCalendar", "WeirCore", "WeirSettings", "WeirStore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "weir-collector",
            dependencies: [
                "WeirCollector", "WeirCore", "WeirSettings",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(
            name: "WeirClient",
            dependencies: [
                "WeirCore", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(name: "CFloor"),
        .target(name: "CMovedClock"),
        .target(
            name: "WeirBench",
            dependencies: [
                "WeirCore", "WeirStore", "CLinux", "CFloor",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WeirBenchTests", dependencies: ["WeirBench", "WeirCore", "WeirTestSupport", "CLinux"],
            swiftSettings: settings),
        .target(
            name: "WeirCommand",
            dependencies: [
                "WeirCore", "WeirBench", "WeirCalendar", "WeirJournal", "WeirClient", "WeirSettings", "WeirStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .executableTarget(name: "weir", dependencies: ["WeirCommand"], swiftSettings: settings),
        .target(
            name: "WeirFuzzing",
            dependencies: [
                "WeirBilling", "WeirCore", "WeirCalendar", "WeirAgent", "WeirCollector", "WeirRedis", "WeirSettings",
            ],
            path: "Tests/Fuzz/Properties", swiftSettings: settings),
        .testTarget(
            name: "FuzzTests", dependencies: ["WeirFuzzing", "WeirTestSupport"], swiftSettings: settings),
        .target(name: "CMallocCount", path: "Tests/CMallocCount"),
        .target(name: "CTestProcess", path: "Tests/CTestProcess"),
        .target(
            name: "WeirTestSupport", dependencies: ["CTestProcess"], path: "Tests/WeirTestSupport",
            swiftSettings: settings),
        .testTarget(
            name: "WeirCoreTests", dependencies: ["WeirCore", "WeirCalendar", "WeirTestSupport", "CMallocCount"],
            swiftSettings: settings),
        .testTarget(
            name: "WeirRedisTests",
            dependencies: [
                "WeirCore", "WeirRedis", "WeirTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WeirAgentTests", dependencies: ["WeirAgent", "WeirCalendar", "WeirTestSupport", "CMallocCount"],
            swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "WeirClient", "WeirCore", "WeirTestSupport", "weir", "weir-agent", "weir-collector",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WeirCollectorTests",
            dependencies: [
                "WeirCollector", "WeirStore", "WeirTestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WeirCommandTests", dependencies: ["WeirCommand", "WeirTestSupport"], swiftSettings: settings),
        .testTarget(
            name: "WeirJournalTests", dependencies: ["WeirJournal", "WeirTestSupport"], swiftSettings: settings),
    ]
)
