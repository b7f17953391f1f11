/// Puts cells into the records of one segment: their dimensions once, their totals as often as they change; and beside
/// them the windows that limits count in.
package struct RecordEncoder {
    /// Bytes of a totals entry.
    static let totalsBytes = 48
    /// Totals in one record.
    private static let maximumEntries = 8_192
    /// Bytes of a window's entry.
    static let windowBytes = 48
    /// Bytes of dimensions in one record.
    private static let maximumDimensionBytes = 512 * 1_024

    private let salt: UInt32
    /// Whether dimensions are written twice: in a journal a flipped byte must not cost every total that refers to them.
    private let isRedundant: Bool
    /// Numbers of dimensions that the segment knows, and whose they are: the hot table uses a number again.
    private var known: [UInt32: Hash128] = [:]
    private var dimensions: [UInt8] = []
    private var dimensionCount = 0
    private var totals: [UInt8] = []
    private var totalCount = 0
    private var windows: [UInt8] = []
    private var windowCount = 0
    private var finished: [(RecordHeader.Kind, [UInt8], Int)] = []

    package init(salt: UInt32, isRedundant: Bool = false) {
        self.salt = salt
        self.isRedundant = isRedundant
    }

    package var isEmpty: Bool { totalCount == 0 && windowCount == 0 && finished.isEmpty }

    /// A part of the key in each totals entry: where the record of its dimensions is lost, an earlier use of the number
    /// is told apart.
    static func mark(of key: Hash128) -> UInt32 { UInt32(truncatingIfNeeded: key.high) }

    /// Whether the segment has the dimensions of `key` under this number, so that they need not be given again.
    package func knows(_ number: UInt32, _ key: Hash128) -> Bool { known[number] == key }

    /// Adds the totals of a cell. Dimensions are asked for where the segment does not know them.
    ///
    /// - Parameter encoded: the dimensions as `Dimensions.write` writes them.
    package mutating func add(
        _ number: UInt32, key: Hash128, hour: UInt32, outcome: Outcome, totals amount: Totals, encoded: () -> [UInt8]
    ) {
        if !knows(number, key) {
            // Totals that used the number for another key go first.
            if known.updateValue(key, forKey: number) != nil { finishTotals() }
            let texts = encoded()
            if dimensions.count + texts.count + 24 > Self.maximumDimensionBytes { finishDimensions() }
            dimensions += bytes(capacity: 24) { writer in
                writer.append(number)
                writer.append(UInt16(texts.count))
                writer.append(0 as UInt16)
                writer.append(key.low)
                writer.append(key.high)
            }
            dimensions += texts
            dimensionCount += 1
        }
        if totalCount == Self.maximumEntries { finishTotals() }
        totals += bytes(capacity: Self.totalsBytes) { writer in
            writer.append(number)
            writer.append(hour)
            writer.append(UInt32(outcome.rawValue))
            writer.append(Self.mark(of: key))
            writer.append(amount.calls)
            writer.append(amount.bytesIn)
            writer.append(amount.bytesOut)
            writer.append(amount.units)
        }
        totalCount += 1
    }

    /// Adds what a window has counted.
    package mutating func add(_ window: WindowCount) {
        if windowCount == Self.maximumEntries { finishWindows() }
        windows += bytes(capacity: Self.windowBytes) { writer in
            writer.append(window.key.low)
            writer.append(window.key.high)
            writer.append(UInt64(bitPattern: window.end))
            writer.append(UInt64(bitPattern: window.amount))
            writer.append(UInt64(bitPattern: window.used))
            writer.append(window.isOverflow ? 1 : 0 as UInt64)
        }
        windowCount += 1
    }

    private mutating func finishWindows() {
        if windowCount > 0 { finished.append((.windows, windows, windowCount)) }
        windows = []
        windowCount = 0
    }

    private mutating func finishDimensions() {
        if dimensionCount > 0 {
            for _ in 0..<(isRedundant ? 2 : 1) { finished.append((.dimensions, dimensions, dimensionCount)) }
        }
        dimensions = []
        dimensionCount = 0
    }

    /// Dimensions go before the totals that use them.
    private mutating func finishTotals() {
        finishDimensions()
        if totalCount > 0 { finished.append((.totals, totals, totalCount)) }
        totals = []
        totalCount = 0
    }

    /// The records of what was added since the last time; `stamp` counts on.
    package mutating func takeRecords(_ stamp: inout RecordStamp) -> [UInt8] {
        finishTotals()
        finishWindows()
        defer { finished = [] }
        var records: [UInt8] = []
        for (kind, payload, count) in finished {
            records += RecordHeader.record(kind, payload: payload, count: count, stamp: stamp, salt: salt)
            stamp.number += 1
        }
        return records
    }

    /// A whole segment of cells that are known as values.
    package static func segment(_ header: SegmentHeader, _ cells: [Cell], stamp: RecordStamp) -> [UInt8] {
        var encoder = RecordEncoder(salt: header.salt)
        var numbers: [Hash128: UInt32] = [:]
        for cell in cells {
            let next = UInt32(numbers.count)
            let number = numbers[cell.key] ?? next
            numbers[cell.key] = number
            encoder.add(number, key: cell.key, hour: cell.hour, outcome: cell.outcome, totals: cell.totals) {
                bytes(capacity: Dimensions.maximumEncodedBytes) { cell.dimensions.write(to: &$0) }
            }
        }
        var stamp = stamp
        return header.encoded + encoder.takeRecords(&stamp)
    }
}
