/// The agent's answer to HELLO.
///
/// ```
///  16      18      20        24        28         32              48   49    52
///  ├───────┼───────┼─────────┼─────────┼──────────┼───────────────┼────┼─────┼──────────
///  │version│attrs  │features │max frame│in flight │ incarnation   │len │0    │ agent …
///  └───────┴───────┴─────────┴─────────┴──────────┴───────────────┴────┴─────┴──────────
/// ```
package struct HelloAnswer: Equatable, Sendable {
    package static let fixedBytes = 52

    /// The version that this connection speaks from now on.
    package var version: UInt16
    package var maximumAttributes: UInt16
    package var features: UInt32
    package var maximumFrameBytes: UInt32
    package var maximumInFlight: UInt32
    /// The agent's run: another one after a restart, so that tickets of before are void.
    package var incarnation: Hash128
    /// The agent's name and version.
    package var agent: String

    package init(
        version: UInt16 = UInt16(WireLimits.version), maximumAttributes: UInt16 = UInt16(WireLimits.maximumAttributes),
        features: UInt32, maximumFrameBytes: UInt32 = UInt32(WireLimits.maximumFrameBytes),
        maximumInFlight: UInt32 = UInt32(WireLimits.maximumInFlight), incarnation: Hash128, agent: String
    ) {
        self.version = version
        self.maximumAttributes = maximumAttributes
        self.features = features
        self.maximumFrameBytes = maximumFrameBytes
        self.maximumInFlight = maximumInFlight
        self.incarnation = incarnation
        self.agent = agent
    }

    /// - Throws: `truncated`.
    package init(reading frame: RawSpan) throws(WireError) {
        guard frame.byteCount >= Self.fixedBytes else {
            throw WireError(.truncated, field: "version", offset: 16)
        }
        let length = Int(frame.byte(48))
        guard Self.fixedBytes + length <= frame.byteCount else {
            throw WireError(.truncated, field: "agent", offset: Self.fixedBytes)
        }
        self.init(
            version: frame.uint16(16), maximumAttributes: frame.uint16(18), features: frame.uint32(20),
            maximumFrameBytes: frame.uint32(24), maximumInFlight: frame.uint32(28),
            incarnation: Hash128(low: frame.uint64(32), high: frame.uint64(40)),
            agent: frame.extracting(Self.fixedBytes..<Self.fixedBytes + length).text)
    }

    package func write(id: UInt64, to writer: inout ByteWriter) {
        let name = agent.utf8.prefix(64)
        FrameHeader(length: Self.fixedBytes + name.count, operation: .helloAnswer, id: id).write(to: &writer)
        writer.append(version)
        writer.append(maximumAttributes)
        writer.append(features)
        writer.append(maximumFrameBytes)
        writer.append(maximumInFlight)
        writer.append(incarnation.low)
        writer.append(incarnation.high)
        writer.append(UInt8(name.count))
        writer.appendZeros(3)
        for byte in name { writer.append(byte) }
    }
}
