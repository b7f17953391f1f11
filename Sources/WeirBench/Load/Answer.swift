import Glibc
import WeirCore

/// The first answer in what a server has sent.
package struct Answer: Equatable, Sendable {
    /// Bytes of the whole answer.
    package let byteCount: Int
    /// Whether it lets the request pass: an allowed check, or the status 200.
    package let isAllowed: Bool
    /// The id of the request; 0 in HTTP, where the order tells.
    package let id: UInt64

    /// Bytes of an answer beyond which the server is taken for another one.
    package static let maximumBytes = 1 << 16

    /// Reads the answer at the start of `bytes`.
    ///
    /// - Returns: nil while it is not whole.
    /// - Throws: when these bytes are no answer.
    package init?(_ speech: Speech, in bytes: UnsafeRawBufferPointer) throws(BenchFailure) {
        switch speech {
        case .native: try self.init(frame: bytes)
        case .http: try self.init(response: bytes)
        }
    }

    private init?(frame bytes: UnsafeRawBufferPointer) throws(BenchFailure) {
        guard bytes.count >= WireLimits.headerBytes else { return nil }
        let length = Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
        guard length >= WireLimits.headerBytes + 2, length <= Self.maximumBytes,
            bytes[5] == Operation.checkAnswer.rawValue
        else { throw BenchFailure("the server answered with a frame that is no answer to a check") }
        guard bytes.count >= length else { return nil }
        byteCount = length
        isAllowed = bytes[WireLimits.headerBytes] == Verdict.allow.rawValue
        id = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    private init?(response bytes: UnsafeRawBufferPointer) throws(BenchFailure) {
        guard let base = bytes.baseAddress, let (head, body) = Self.head(bytes) else { return nil }
        guard head >= 16, memcmp(base, "HTTP/1.", 7) == 0 else {
            throw BenchFailure("the server answered with something that is no HTTP response")
        }
        guard body <= Self.maximumBytes else { throw BenchFailure("the server answered with a body of \(body) bytes") }
        guard bytes.count >= head + body else { return nil }
        byteCount = head + body
        isAllowed = memcmp(base + 9, "200", 3) == 0
        id = 0
    }

    /// Bytes up to and with the empty line, and of the body behind it; nil while the line is not there.
    private static func head(_ bytes: UnsafeRawBufferPointer) -> (head: Int, body: Int)? {
        guard let base = bytes.baseAddress else { return nil }
        var line = 0
        var body = 0
        while let end = memchr(base + line, 0x0a, bytes.count - line) {
            let next = base.distance(to: UnsafeRawPointer(end)) + 1
            if next - line <= 2 { return (next, body) }
            // "C": one line in a few is looked at.
            if bytes[line] | 0x20 == 0x63 { body = max(body, contentLength(bytes[line..<next])) }
            line = next
        }
        return nil
    }

    /// What a line says when its name is `Content-Length`; else 0.
    private static func contentLength(_ line: Slice<UnsafeRawBufferPointer>) -> Int {
        let name = "content-length:" as StaticString
        guard line.count > name.utf8CodeUnitCount else { return 0 }
        for offset in 0..<name.utf8CodeUnitCount
        where line[line.startIndex + offset] | 0x20 != name.utf8Start[offset] | 0x20 { return 0 }
        var length = 0
        for byte in line[(line.startIndex + name.utf8CodeUnitCount)...] where byte >= 0x30 && byte <= 0x39 {
            length = min(length * 10 + Int(byte & 15), 1 << 40)
        }
        return length
    }
}
