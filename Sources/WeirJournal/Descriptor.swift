import Glibc

/// An open file or socket, closed when it goes.
package struct Descriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over an open descriptor.
    package init(owning number: Int32) { self.number = number }

    deinit { _ = Glibc.close(number) }

    /// Gives the descriptor away, still open.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// Writes all bytes, in as many calls as it takes.
    package func write(_ bytes: [UInt8], path: String) throws(SystemError) {
        var offset = 0
        while offset < bytes.count {
            let written = bytes[offset...].withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw SystemError("write to", path) }
            offset += written
        }
    }

    /// Reads from the start to the end.
    package func readAll(path: String, limit: Int = .max) throws(SystemError) -> [UInt8] {
        var info = stat()
        guard fstat(number, &info) == 0 else { throw SystemError("look at", path) }
        var bytes = [UInt8](repeating: 0, count: min(Int(info.st_size), limit))
        var offset = 0
        while offset < bytes.count {
            let read = bytes[offset...].withUnsafeMutableBytes {
                pread(number, $0.baseAddress, $0.count, off_t(offset))
            }
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw SystemError("read", path) }
            if read == 0 { break }
            offset += read
        }
        return Array(bytes[..<offset])
    }
}
