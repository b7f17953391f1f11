import CLinux

/// Which processors the load and the servers run on, counted from 0; -1 for any.
///
/// Apart, so that a server is never measured while it waits for the load to leave its processor.
package struct Processors: Sendable {
    package let load: Int32
    package let server: Int32

    /// Whether the load has a processor of its own.
    package var areApart: Bool { load != server }

    package static let any = Processors(load: -1, server: -1)

    /// The first one and the last, where there are two.
    package static var apart: Processors {
        let count = linux_processors()
        return count < 2 ? any : Processors(load: 0, server: count - 1)
    }

    /// Runs `body` with the calling thread on the load's processor.
    package func withLoad<Result>(_ body: () throws(BenchFailure) -> Result) throws(BenchFailure) -> Result {
        linux_pin(load)
        defer { linux_pin(-1) }
        return try body()
    }
}
