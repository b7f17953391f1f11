import CLinux
import Glibc
package import WeirCore

/// The file that an admission log is mapped from, so that it outlives a kill; whoever starts the agent again goes on with it.
package final class AdmissionFile: Sendable {
    /// Records of one file: 8 MB, minutes of a proof's load.
    package static let records = 1 << 18

    private let memory: MappedMemory

    /// Opens or makes it, whole.
    package init(_ path: String) throws(SystemError) {
        let number = linux_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw SystemError("open", path) }
        defer { close(number) }
        let byteCount = AdmissionLog.byteCount(Self.records)
        // A hole in a full file system would be a SIGBUS on the check path.
        let failure = posix_fallocate(number, 0, off_t(byteCount))
        guard failure == 0 else { throw SystemError("allocate \(byteCount) bytes for", path, number: failure) }
        guard let memory = linux_map(number, byteCount) else { throw SystemError("map", path) }
        self.memory = MappedMemory(UnsafeMutableRawBufferPointer(start: memory, count: byteCount))
    }

    /// The log over the file's memory, while this lives; nil where the file holds something else.
    package var log: AdmissionLog? { AdmissionLog(over: memory.bytes) }
}
