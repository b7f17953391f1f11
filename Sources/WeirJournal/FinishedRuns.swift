import Glibc
package import WeirCore

/// Runs of this agent that are over, with all that they counted in final segments: when these have arrived the collector is told so, and
/// what their windows have left is the consumers' again.
///
/// An empty file for each, beside the segments: a kill between any two steps leaves it, and it is told once more, which changes nothing.
package struct FinishedRuns: Sendable {
    private static let prefix = "over-"
    /// Beyond, the collector finds out by itself, when it has not heard of a run for long.
    private static let maximum = 1_000

    private let path: String

    /// - Parameter path: the journal's directory.
    package init(in path: String) { self.path = path }

    /// Those that the collector was not told of yet, or has not said that it was.
    package func all() throws(SystemError) -> [Hash128] {
        try Directory(path).names().compactMap { name in
            name.hasPrefix(Self.prefix) ? Hash128(hex: String(name.dropFirst(Self.prefix.count))) : nil
        }
    }

    /// Notes a run, once its final segments are written.
    func note(_ run: Hash128) throws(SystemError) {
        guard try all().count < Self.maximum else { return }
        _ = try Directory(path).open(Self.prefix + run.hex, flags: O_WRONLY | O_CREAT)
    }

    /// The collector knows of them. One that cannot be taken away is told again.
    package func forget(_ runs: [Hash128]) {
        guard let directory = try? Directory(path) else { return }
        for run in runs { try? directory.remove(Self.prefix + run.hex) }
    }
}
