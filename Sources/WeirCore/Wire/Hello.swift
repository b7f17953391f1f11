/// HELLO: optional; a client says who it is and learns what the agent can do.
///
/// ```
///  16      18   19   20        24
///  ├───────┼────┼────┼─────────┼──────────
///  │version│name│0   │features │ name …
///  └───────┴────┴────┴─────────┴──────────
/// ```
package struct Hello: Equatable, Sendable {
    package static let fixedBytes = 24

    /// The highest version that the client speaks.
    package var version: UInt16
    /// What the client can use, as bits of `Features`.
    package var features: UInt32
    /// The client's name and version, for the agent's logs; at most 64 bytes.
    package var client: String

    package init(version: UInt16 = UInt16(WireLimits.version), features: UInt32 = 0, client: String) {
        self.version = version
        self.features = features
        self.client = client
    }

    /// - Throws: `truncated` or `badValue`.
    package init(reading frame: RawSpan) throws(WireError) {
        guard frame.byteCount >= Self.fixedBytes else {
            throw WireError(.truncated, field: "client version", offset: 16)
        }
        let length = Int(frame.byte(18))
        guard length <= WireLimits.maximumClientNameBytes else {
            throw WireError(.badValue, field: "client name length", offset: 18)
        }
        guard Self.fixedBytes + length <= frame.byteCount else {
            throw WireError(.truncated, field: "client name", offset: Self.fixedBytes)
        }
        guard frame.uint16(16) >= 1 else { throw WireError(.badValue, field: "client version", offset: 16) }
        self.init(
            version: frame.uint16(16), features: frame.uint32(20),
            client: frame.extracting(Self.fixedBytes..<Self.fixedBytes + length).text)
    }

    package func frame(id: UInt64) -> [UInt8] {
        let name = Array(client.utf8.prefix(WireLimits.maximumClientNameBytes))
        let length = Self.fixedBytes + name.count
        return bytes(capacity: length) { writer in
            FrameHeader(length: length, operation: .hello, id: id).write(to: &writer)
            writer.append(version)
            writer.append(UInt8(name.count))
            writer.append(0 as UInt8)
            writer.append(features)
            name.withBytes { writer.append($0) }
        }
    }
}
