import CLibpq

/// Values of a statement as libpq takes them: integers in eight bytes, texts as they are, one after the other.
struct PostgreSQLParameters {
    /// The server's numbers of its types.
    private static let bigint: UInt32 = 20
    private static let text: UInt32 = 25
    /// As many as the protocol counts.
    static let maximum = 65_535

    private var bytes: [UInt8] = []
    /// Where each value begins; -1 for NULL.
    private var places: [Int] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []
    /// 0 for NULL: the statement says what it would be.
    private(set) var types: [UInt32] = []

    /// - Throws: for a text that the database cannot hold, and for too many values.
    init(_ values: [SQLValue]) throws(PostgreSQLFailure) {
        guard values.count <= Self.maximum else {
            throw PostgreSQLFailure("\(values.count) values in one statement: expected at most \(Self.maximum)")
        }
        bytes.reserveCapacity(values.count * 12)
        for value in values {
            places.append(bytes.count)
            switch value {
            case .null:
                places[places.count - 1] = -1
                add(type: 0, length: 0, isBinary: false)
            case .integer(let number):
                withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
                add(type: Self.bigint, length: 8, isBinary: true)
            case .text(let text):
                let start = bytes.count
                bytes.append(contentsOf: text.utf8)
                guard !bytes[start...].contains(0) else { throw PostgreSQLFailure(SQLValue.zeroByte) }
                let length = bytes.count - start
                bytes.append(0)
                add(type: Self.text, length: Int32(clamping: length), isBinary: false)
            }
        }
    }

    private mutating func add(type: UInt32, length: Int32, isBinary: Bool) {
        types.append(type)
        lengths.append(length)
        formats.append(isBinary ? 1 : 0)
    }

    var count: Int32 { Int32(places.count) }

    /// Gives pointers to the values, their lengths and their formats.
    func withPointers<Result>(
        _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { raw in
            // Without values there is nothing to point to.
            let base = raw.baseAddress?.assumingMemoryBound(to: CChar.self)
            return body(places.map { place in place < 0 ? nil : base.map { $0 + place } }, lengths, formats)
        }
    }
}
