import Testing
import WeirCore

/// Segments of the journal, and batches, which are the same.
@Suite struct SegmentTests {
    private let header = SegmentHeader(
        kind: .final, incarnation: Hash128(low: 7, high: 8), number: 3, created: 1_700_000_000_000_000, salt: 0xabcd)
    private let stamp = RecordStamp(number: 1, wallMicroseconds: 5, monotonicMicroseconds: 6)

    private func cell(_ key: Int, calls: UInt64, hour: UInt32 = 500_000, _ outcome: Outcome = .admitted) -> Cell {
        var dimensions = Dimensions()
        dimensions.consumer = "consumer-\(key)"
        dimensions.route = "search"
        return Cell(
            key: Hash128(low: UInt64(key), high: UInt64(key) << 20), dimensions: dimensions, hour: hour,
            outcome: outcome,
            totals: Totals(calls: calls, bytesIn: 1, bytesOut: 2, units: calls))
    }

    private func journal(_ bytes: [UInt8]) throws -> SegmentReader {
        try bytes.withBytes { bytes throws(SegmentError) in try SegmentReader(journal: bytes) }
    }

    private func batch(_ bytes: [UInt8]) throws -> SegmentReader {
        try bytes.withBytes { bytes throws(SegmentError) in try SegmentReader(batch: bytes) }
    }

    @Test func cellsAreReadBack() throws {
        let cells = (0..<20_000).map { cell($0 / 2, calls: UInt64($0), $0.isMultiple(of: 2) ? .admitted : .resolved) }
        let segment = RecordEncoder.segment(header, cells, stamp: stamp)
        let read = try batch(segment)
        #expect(read.header == header)
        #expect(read.cells == cells)
        #expect(try journal(segment).cells == cells)
        #expect(read.damagedParts == 0)
    }

    @Test func laterTotalsOfACellMergeByMax() throws {
        var encoder = RecordEncoder(salt: header.salt)
        var stamp = stamp
        var bytes = header.encoded
        for calls in [5, 9, 7] as [UInt64] {
            let cell = cell(1, calls: calls)
            encoder.add(1, key: cell.key, hour: cell.hour, outcome: cell.outcome, totals: cell.totals) {
                WeirCore.bytes(capacity: 300) { cell.dimensions.write(to: &$0) }
            }
            bytes += encoder.takeRecords(&stamp)
        }
        #expect(stamp.number == 5)
        #expect(try journal(bytes).cells == [cell(1, calls: 9)])
    }

    @Test func aNumberThatIsUsedAgainMeansItsNewDimensions() throws {
        var encoder = RecordEncoder(salt: header.salt)
        var stamp = stamp
        for key in [1, 2] {
            let cell = cell(key, calls: UInt64(key))
            encoder.add(9, key: cell.key, hour: cell.hour, outcome: cell.outcome, totals: cell.totals) {
                WeirCore.bytes(capacity: 300) { cell.dimensions.write(to: &$0) }
            }
        }
        let bytes = header.encoded + encoder.takeRecords(&stamp)
        #expect(try batch(bytes).cells == [cell(1, calls: 1), cell(2, calls: 2)])
        // Without the second definition its totals are left out, never taken for the first one's.
        let second = bytes.indices.dropFirst(64).filter {
            Array(bytes[$0...].prefix(6)) == Array("WJR1".utf8) + [1, 0]
        }[1]
        var damaged = bytes
        damaged[second + 50] ^= 1
        let read = try journal(damaged)
        #expect(read.cells == [cell(1, calls: 1)])
        #expect(read.damagedParts == 2)
    }

    /// Cut anywhere, a journal gives back a prefix of what was sealed, and says how much was cut off.
    @Test func aTornTailIsLeftOut() throws {
        var encoder = RecordEncoder(salt: header.salt)
        var stamp = stamp
        var bytes = header.encoded
        var ends = [bytes.count]
        for key in 0..<4 {
            let cell = cell(key, calls: 1)
            encoder.add(UInt32(key), key: cell.key, hour: cell.hour, outcome: cell.outcome, totals: cell.totals) {
                WeirCore.bytes(capacity: 300) { cell.dimensions.write(to: &$0) }
            }
            bytes += encoder.takeRecords(&stamp)
            ends.append(bytes.count)
        }
        for count in SegmentHeader.byteCount..<bytes.count {
            let read = try journal(Array(bytes[..<count]))
            let whole = ends.filter { $0 <= count }.count - 1
            #expect(read.cells == (0..<whole).map { cell($0, calls: 1) })
            #expect(read.damagedParts == 0)
        }
        for count in 0..<SegmentHeader.byteCount {
            #expect(throws: SegmentError.self) { try journal(Array(bytes[..<count])) }
        }
    }

    /// One flipped byte costs at most the record that it is in; everything before and behind it is kept.
    @Test func aFlippedByteCostsItsRecordOnly() throws {
        var encoder = RecordEncoder(salt: header.salt)
        var stamp = stamp
        var bytes = header.encoded
        for key in 0..<3 {
            for calls in [1, 2] as [UInt64] {
                let cell = cell(key, calls: calls)
                encoder.add(UInt32(key), key: cell.key, hour: cell.hour, outcome: cell.outcome, totals: cell.totals) {
                    WeirCore.bytes(capacity: 300) { cell.dimensions.write(to: &$0) }
                }
                bytes += encoder.takeRecords(&stamp)
            }
        }
        let whole = try journal(bytes).cells
        for offset in SegmentHeader.byteCount..<bytes.count {
            bytes[offset] ^= 0x55
            defer { bytes[offset] ^= 0x55 }
            let read = try journal(bytes)
            #expect(read.cells.count >= 2)
            for cell in read.cells {
                let original = try #require(whole.first { $0.identity == cell.identity })
                #expect(cell.dimensions == original.dimensions)
                #expect(cell.totals.calls <= original.totals.calls)
            }
            #expect((try? batch(bytes)) == nil || read.cells == whole)
        }
    }

    @Test func headersOfOthersAreForeignAndDamagedOnesDamaged() throws {
        func code(_ change: (inout [UInt8]) -> Void) -> SegmentError.Code? {
            var bytes = header.encoded
            change(&bytes)
            do {
                _ = try batch(bytes)
                return nil
            } catch {
                return (error as? SegmentError)?.code
            }
        }
        #expect(code { _ in } == nil)
        #expect(code { $0[4] = 2 } == .foreign)
        #expect(code { $0[0..<4].reverse() } == .foreign)
        #expect(code { $0[0] = 0 } == .damaged)
        #expect(code { $0[30] ^= 1 } == .damaged)
        #expect(code { $0.removeLast() } == .damaged)
    }

    @Test func recordsOfAnotherSegmentDoNotPass() throws {
        let other = SegmentHeader(kind: .final, incarnation: header.incarnation, number: 4, created: 0, salt: 0xabce)
        let records = RecordEncoder.segment(header, [cell(1, calls: 1)], stamp: stamp).dropFirst(
            SegmentHeader.byteCount)
        #expect(try journal(other.encoded + records).cells.isEmpty)
        #expect(throws: SegmentError.self) { try batch(other.encoded + records) }
    }

    @Test func aBatchOfBadContentsIsRefusedWithItsPlace() throws {
        var huge = cell(1, calls: 1 << 63)
        #expect(throws: SegmentError(.damaged, at: 224, "totals below 2⁶³")) {
            try batch(RecordEncoder.segment(header, [huge], stamp: stamp))
        }
        huge.totals.calls = 1
        let live = SegmentHeader(kind: .live, incarnation: header.incarnation, number: 1, created: 0, salt: 1)
        #expect(throws: SegmentError(.foreign, at: 6, "the kind of a batch")) {
            try batch(RecordEncoder.segment(live, [huge], stamp: stamp))
        }
    }
}
