import CLinux
import Glibc

/// The wall clock of one program, moved against the machine's by a library that is loaded into it; other clocks stay.
final class MovedClock {
    /// Variables of the program.
    let environment: [String: String]
    private let memory: UnsafeMutableRawPointer

    /// - Parameter path: of the file that says by how much; is made.
    init(_ path: String, _ programs: BenchPrograms) throws(BenchFailure) {
        guard access(programs.movedClock, R_OK) == 0 else {
            throw BenchFailure("no \(programs.movedClock), which moves clocks: build it beside weir")
        }
        let file = linux_open(path, O_RDWR | O_CREAT, 0o600)
        guard file >= 0 else { throw BenchFailure("cannot write \(path): \(reason())") }
        defer { close(file) }
        guard ftruncate(file, 8) == 0, let memory = linux_map(file, 8) else {
            throw BenchFailure("cannot map \(path): \(reason())")
        }
        self.memory = memory
        environment = ["LD_PRELOAD": programs.movedClock, "MOVED_CLOCK": path]
    }

    deinit { munmap(memory, 8) }

    /// - Parameter seconds: against the machine's clock.
    func move(_ seconds: Double) { memory.storeBytes(of: Int64(seconds * 1e6), as: Int64.self) }
}
