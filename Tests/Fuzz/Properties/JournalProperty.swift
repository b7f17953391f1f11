import WeirCore

/// Bytes of a journal are read to their end, whatever they are; a batch that is taken reads back as it was.
enum JournalProperty {
    static func check(_ input: [UInt8]) {
        read(input)
        // Random bytes seldom have the right checksums: with a true header and true checksums more is reached.
        let header = SegmentHeader(kind: .final, incarnation: Hash128(low: 1, high: 2), number: 3, created: 4, salt: 5)
        read(header.encoded + input)
        read(
            header.encoded
                + Self.record(
                    kind: UInt16(input.first ?? 0) % 5, payload: Array(input.dropFirst(2)),
                    count: Int(input.dropFirst().first ?? 0)))
    }

    private static func read(_ bytes: [UInt8]) {
        do throws(SegmentError) {
            let reader = try bytes.withBytes { bytes throws(SegmentError) in try SegmentReader(journal: bytes) }
            precondition(reader.tornBytes <= bytes.count, "more torn bytes than bytes")
        } catch {
            precondition(error.offset <= bytes.count, "a place outside the bytes")
        }
        guard let batch = bytes.withBytes({ try? SegmentReader(batch: $0) }) else { return }
        let again = RecordEncoder.segment(
            batch.header, batch.cells, stamp: RecordStamp(number: 1, wallMicroseconds: 2, monotonicMicroseconds: 3))
        guard let back = again.withBytes({ try? SegmentReader(batch: $0) }) else {
            preconditionFailure("a batch that was taken is refused when it is written again")
        }
        precondition(back.cells == batch.cells, "a batch does not read back as it was")
    }

    /// A record with right checksums around any payload, as `RecordHeader` describes it.
    private static func record(kind: UInt16, payload: [UInt8], count: Int) -> [UInt8] {
        var record = bytes(capacity: 44) { writer in
            writer.append(0x3152_4a57 as UInt32)
            writer.append(kind)
            writer.append(0 as UInt16)
            writer.appendZeros(24)
            writer.append(UInt32(payload.count))
            writer.append(payload.withBytes { CRC32C.checksum($0, seed: 5) })
            writer.append(UInt32(count))
        }
        let checksum = record.withBytes { CRC32C.checksum($0, seed: 5) }
        record += (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32($0 * 8)) }
        return record + payload + [UInt8](repeating: 0, count: (8 - payload.count % 8) % 8)
    }
}
