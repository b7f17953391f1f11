import WeirCore

/// The requests that a load sends, as bytes that are ready: sending one is a copy and its number.
///
/// All are of one size. With a `field` each request gets its number there in 16 hexadecimal digits, so that no two are
/// alike.
package struct RequestBook: Sendable {
    package let speech: Speech
    let bytes: [UInt8]
    package let requestBytes: Int
    /// Different requests; sent in turn.
    package let count: Int
    let field: Int?

    /// - Parameters:
    ///   - requests: at least one, of one size, for the native protocol with any id.
    ///   - field: the offset of 16 bytes that the number is written to.
    package init(_ speech: Speech, _ requests: [[UInt8]], field: Int? = nil) {
        let size = requests.first?.count ?? 0
        precondition(size > 0 && requests.allSatisfy { $0.count == size }, "requests of one size")
        precondition(field.map { $0 >= 0 && $0 + 16 <= size } ?? true, "a field inside the request")
        self.speech = speech
        self.field = field
        bytes = Array(requests.joined())
        requestBytes = size
        count = requests.count
    }

    /// Writes a request at `place`, where `requestBytes` are free.
    ///
    /// - Parameters:
    ///   - number: chooses the request.
    ///   - id: what the answer carries back in the native protocol.
    @inline(__always)
    package func write(_ number: UInt64, id: UInt64, to place: UnsafeMutableRawPointer) {
        let start = Int(number % UInt64(count)) &* requestBytes
        bytes.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(start: place, count: requestBytes).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source[start..<start &+ requestBytes]))
        }
        if speech == .native { place.storeBytes(of: id.littleEndian, toByteOffset: 8, as: UInt64.self) }
        if let field {
            for digit in 0..<16 {
                let nibble = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * digit)) & 15
                place.storeBytes(
                    of: nibble < 10 ? nibble &+ 0x30 : nibble &+ 0x57, toByteOffset: field + digit, as: UInt8.self)
            }
        }
    }
}
