import Foundation

/// Where the programs under test are: beside the tests, as one build makes both.
package enum Programs {
    /// The directory of `weir`, `weir-agent` and `weir-collector`.
    package static let directory: String = {
        if let given = ProcessInfo.processInfo.environment["WEIR_TEST_PROGRAMS"] { return given }
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        // swift-testing runs the bundle itself or through a helper: the bundle's path is among the arguments then.
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? own
        return URL(filePath: bundle).deletingLastPathComponent().path
    }()

    package static var agent: String { "\(directory)/weir-agent" }
    package static var collector: String { "\(directory)/weir-collector" }
    package static var weir: String { "\(directory)/weir" }

    /// The repository.
    package static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
}
