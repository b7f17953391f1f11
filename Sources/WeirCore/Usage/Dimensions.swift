/// By what a cell counts, beside its incarnation, hour and outcome; empty where there is none.
package struct Dimensions: Hashable, Sendable {
    /// A subscription and its period.
    package var contract = ""
    package var consumer = ""
    package var plan = ""
    /// A key's id, or `hash:` and the keyed hash of a key that is not registered; `other` where there were too many.
    /// Never raw.
    package var key = ""
    package var product = ""
    package var route = ""
    /// The grant that paid.
    package var grant = ""

    package init() {}

    /// The key of the cell that counts for keys beyond the table's room.
    package static let other = "other"

    /// Bytes of one dimension; longer values are written as their hash.
    package static let maximumBytes = 255
    /// Bytes of all together as `write` writes them.
    package static let maximumEncodedBytes = 7 * (1 + maximumBytes)

    private static let paths: [any WritableKeyPath<Dimensions, String> & Sendable] = [
        \.contract, \.consumer, \.plan, \.key, \.product, \.route, \.grant,
    ]

    /// Reads seven counted texts; nil when the bytes are not that.
    package init?(reading bytes: RawSpan) {
        var offset = 0
        for path in Self.paths {
            guard offset < bytes.byteCount else { return nil }
            let end = offset + 1 + Int(bytes.byte(offset))
            guard end <= bytes.byteCount else { return nil }
            self[keyPath: path] = bytes.extracting(offset + 1..<end).text
            offset = end
        }
        guard offset == bytes.byteCount else { return nil }
    }

    /// Writes each text with its length in a byte before it; texts are cut to 255 bytes.
    package func write(to writer: inout ByteWriter) {
        for path in Self.paths {
            let text = Array(self[keyPath: path].utf8.prefix(Self.maximumBytes))
            writer.append(UInt8(text.count))
            text.withBytes { writer.append($0) }
        }
    }
}
