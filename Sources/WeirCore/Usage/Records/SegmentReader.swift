/// Reads the cells of a segment: of a journal file that may be torn or damaged, or of a batch that must be whole.
package struct SegmentReader {
    package let header: SegmentHeader
    /// Each cell with its largest totals, in the order of first appearance.
    package private(set) var cells: [Cell] = []
    /// Each window with the most that it counted.
    package private(set) var windows: [Hash128: WindowCount] = [:]
    /// Bytes behind the last whole record, where a write was cut short: what a kill or a power cut leaves.
    package private(set) var tornBytes = 0
    /// Records, stretches between them, or totals without their dimensions that are not what was written.
    package private(set) var damagedParts = 0
    private let isStrict: Bool
    private let isForWindows: Bool

    private var places: [Cell.Identity: Int] = [:]
    private var dimensions: [UInt32: (key: Hash128, dimensions: Dimensions)] = [:]

    /// Reads all that is whole, and goes on behind what is not: totals are cumulative, so later records heal earlier
    /// ones.
    ///
    /// - Parameter isForWindows: whether only the windows are wanted, as at the start, which a million cells would hold up.
    /// - Throws: when the header is foreign or damaged.
    package init(journal bytes: RawSpan, isForWindows: Bool = false) throws(SegmentError) {
        isStrict = false
        self.isForWindows = isForWindows
        header = try SegmentHeader(reading: bytes)
        var offset = SegmentHeader.byteCount
        while offset < bytes.byteCount {
            let rest = bytes.extracting(offset..<bytes.byteCount)
            if let end = (try? read(rest, at: offset)) ?? nil {
                offset += end
            } else if let next = nextRecord(bytes, after: offset) {
                damagedParts += 1
                offset = next
            } else {
                tornBytes = bytes.byteCount - offset
                return
            }
        }
    }

    /// Reads a batch, all of it or nothing.
    ///
    /// - Throws: the first thing that is wrong, with its offset.
    package init(batch bytes: RawSpan) throws(SegmentError) {
        isStrict = true
        isForWindows = false
        header = try SegmentHeader(reading: bytes)
        guard header.kind == .final else { throw SegmentError(.foreign, at: 6, "the kind of a batch") }
        var offset = SegmentHeader.byteCount
        while offset < bytes.byteCount {
            guard let end = try read(bytes.extracting(offset..<bytes.byteCount), at: offset) else {
                throw SegmentError(.damaged, at: offset, "a whole record")
            }
            offset += end
        }
    }

    /// Reads one record and returns its length; nil when there is no whole one.
    private mutating func read(_ bytes: RawSpan, at offset: Int) throws(SegmentError) -> Int? {
        guard let record = RecordHeader(reading: bytes, salt: header.salt) else { return nil }
        let start = RecordHeader.byteCount
        guard record.recordBytes <= bytes.byteCount else { return nil }
        let payload = bytes.extracting(start..<start + record.length)
        guard CRC32C.checksum(payload, seed: header.salt) == record.payloadChecksum else { return nil }
        switch record.kind {
        case .dimensions where isForWindows, .totals where isForWindows: break
        case .dimensions: try readDimensions(payload, count: record.count, at: offset + start)
        case .totals: try readTotals(payload, count: record.count, at: offset + start)
        case .windows: try readWindows(payload, count: record.count, at: offset + start)
        case nil: break
        }
        return record.recordBytes
    }

    private mutating func readDimensions(_ payload: RawSpan, count: Int, at base: Int) throws(SegmentError) {
        var offset = 0
        for _ in 0..<count {
            guard offset + 24 <= payload.byteCount else {
                throw SegmentError(.damaged, at: base + offset, "\(count) dimensions")
            }
            let texts = offset + 24..<offset + 24 + Int(payload.uint16(offset + 4))
            guard texts.upperBound <= payload.byteCount, let read = Dimensions(reading: payload.extracting(texts))
            else {
                throw SegmentError(.damaged, at: base + offset, "seven texts with their lengths")
            }
            let key = Hash128(low: payload.uint64(offset + 8), high: payload.uint64(offset + 16))
            dimensions[payload.uint32(offset)] = (key, read)
            offset = texts.upperBound
        }
    }

    private mutating func readTotals(_ payload: RawSpan, count: Int, at base: Int) throws(SegmentError) {
        guard count <= RecordHeader.maximumPayloadBytes, count * RecordEncoder.totalsBytes <= payload.byteCount else {
            throw SegmentError(.damaged, at: base, "\(count) totals")
        }
        for index in 0..<count {
            let offset = index * RecordEncoder.totalsBytes
            guard let (key, dimensions) = dimensions[payload.uint32(offset)],
                RecordEncoder.mark(of: key) == payload.uint32(offset + 12)
            else {
                try skip(SegmentError(.damaged, at: base + offset, "the number of dimensions given before"))
                continue
            }
            guard let outcome = Outcome(rawValue: UInt8(clamping: payload.uint32(offset + 8))) else {
                try skip(SegmentError(.damaged, at: base + offset + 8, "the number of an outcome"))
                continue
            }
            let totals = Totals(
                calls: payload.uint64(offset + 16), bytesIn: payload.uint64(offset + 24),
                bytesOut: payload.uint64(offset + 32), units: payload.uint64(offset + 40))
            guard totals.isCountable else {
                try skip(SegmentError(.damaged, at: base + offset + 16, "totals below 2⁶³"))
                continue
            }
            merge(
                Cell(
                    key: key, dimensions: dimensions, hour: payload.uint32(offset + 4), outcome: outcome, totals: totals
                ))
        }
    }

    private mutating func readWindows(_ payload: RawSpan, count: Int, at base: Int) throws(SegmentError) {
        guard count <= RecordHeader.maximumPayloadBytes, count * RecordEncoder.windowBytes <= payload.byteCount else {
            throw SegmentError(.damaged, at: base, "\(count) windows")
        }
        for index in 0..<count {
            let offset = index * RecordEncoder.windowBytes
            func number(_ place: Int) -> Int64 { Int64(bitPattern: payload.uint64(offset + place)) }
            let window = WindowCount(
                key: Hash128(low: payload.uint64(offset), high: payload.uint64(offset + 8)), end: number(16),
                amount: number(24), used: number(32), isOverflow: payload.uint64(offset + 40) & 1 == 1)
            guard window.end > 0, (1..<LimitTerms.maximumProduct).contains(window.amount),
                (0...LimitTerms.maximumProduct * 2).contains(window.used)
            else {
                try skip(SegmentError(.damaged, at: base + offset, "a window's end, amount and use"))
                continue
            }
            // Later records have later amounts; what was used only grows.
            let before = windows[window.key]?.used ?? 0
            windows[window.key] = window
            windows[window.key]?.used = max(before, window.used)
        }
    }

    /// One entry that cannot be: the others of its record are none the worse for it, but a batch is right or refused.
    private mutating func skip(_ error: SegmentError) throws(SegmentError) {
        if isStrict { throw error }
        damagedParts += 1
    }

    private mutating func merge(_ cell: Cell) {
        if let place = places[cell.identity] {
            cells[place].totals = cells[place].totals.merged(cell.totals)
        } else {
            places[cell.identity] = cells.count
            cells.append(cell)
        }
    }

    /// Where the next whole record begins, or nil. Records begin at multiples of eight.
    private func nextRecord(_ bytes: RawSpan, after offset: Int) -> Int? {
        var next = offset + 8
        while next + RecordHeader.byteCount <= bytes.byteCount {
            if bytes.uint32(next) == RecordHeader.magic,
                RecordHeader(reading: bytes.extracting(next..<bytes.byteCount), salt: header.salt) != nil
            {
                return next
            }
            next += 8
        }
        return nil
    }
}

extension Totals {
    /// Whether every total fits the signed numbers of the collector's database.
    package var isCountable: Bool {
        calls < 1 << 63 && bytesIn < 1 << 63 && bytesOut < 1 << 63 && units < 1 << 63
    }
}
