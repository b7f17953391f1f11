/// What an allowed check hands out so that a later report finds its cell: 24 bytes that mean nothing to clients.
///
/// ```
///  0                8       12      16      20      24
///  ├────────────────┼───────┼───────┼───────┼───────┤
///  │ seal           │ cell  │ hour  │ units │serial │
///  └────────────────┴───────┴───────┴───────┴───────┘
/// ```
/// The seal is 64 unpredictable bits: a keyed hash of the rest under a random key of this incarnation, so that nobody
/// reports on a request that is not theirs, and an agent keeps no table of the tickets it gave.
package struct Ticket: Hashable, Sendable, BitwiseCopyable {
    package static let byteCount = 24

    package var seal: UInt64
    /// The hot table's slot of the check's `admitted` cell.
    package var cell: UInt32
    /// The cell's hour, in hours since 1970: a slot that was freed and used again has another.
    package var hour: UInt32
    /// Units reserved at the check.
    package var units: UInt32
    /// Counts the tickets of this incarnation, so that one is reported on once.
    package var serial: UInt32

    package init(seal: UInt64, cell: UInt32, hour: UInt32, units: UInt32, serial: UInt32) {
        self.seal = seal
        self.cell = cell
        self.hour = hour
        self.units = units
        self.serial = serial
    }

    /// No ticket: the request was denied, or nothing was taken.
    package static let none = Ticket(seal: 0, cell: 0, hour: 0, units: 0, serial: 0)

    package var isNone: Bool { self == .none }

    /// Reads 24 bytes at `offset`, which the caller has found to be there.
    package init(reading bytes: RawSpan, at offset: Int) {
        self.init(
            seal: bytes.uint64(offset), cell: bytes.uint32(offset + 8), hour: bytes.uint32(offset + 12),
            units: bytes.uint32(offset + 16), serial: bytes.uint32(offset + 20))
    }

    package func write(to writer: inout ByteWriter) {
        writer.append(seal)
        writer.append(cell)
        writer.append(hour)
        writer.append(units)
        writer.append(serial)
    }

    /// Bytes of the text form.
    package static let textBytes = 48

    /// The text form of the HTTP door: 48 hexadecimal digits, or `-` for none.
    package func writeText(to writer: inout ByteWriter) {
        guard !isNone else { return writer.append(0x2d as UInt8) }
        writer.append(hexadecimal: seal, digits: 16)
        writer.append(hexadecimal: UInt64(cell), digits: 8)
        writer.append(hexadecimal: UInt64(hour), digits: 8)
        writer.append(hexadecimal: UInt64(units), digits: 8)
        writer.append(hexadecimal: UInt64(serial), digits: 8)
    }

    /// Reads the text form; nil when it is not one. `-` is none.
    package init?(text: RawSpan) {
        if text.byteCount == 1, text.byte(0) == 0x2d {
            self = .none
            return
        }
        guard text.byteCount == Self.textBytes else { return nil }
        func number(_ range: Range<Int>) -> UInt64? {
            var value: UInt64 = 0
            for offset in range {
                guard let digit = text.byte(offset).hexadecimalValue else { return nil }
                value = value << 4 | UInt64(digit)
            }
            return value
        }
        guard let seal = number(0..<16), let cell = number(16..<24), let hour = number(24..<32),
            let units = number(32..<40), let serial = number(40..<48)
        else { return nil }
        self.init(
            seal: seal, cell: UInt32(cell), hour: UInt32(hour), units: UInt32(units), serial: UInt32(serial))
    }
}
