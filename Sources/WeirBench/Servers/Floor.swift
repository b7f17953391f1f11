import CFloor

/// Serves a floor on the calling thread, for ever: what `weir bench-floor` does.
package enum Floor {
    /// - Parameters:
    ///   - answer: the bytes of the echo's answers in hexadecimal; nil for the HTTP stub.
    ///   - isSPOE: whether it is the stub for HAProxy.
    /// - Throws: when it cannot serve.
    package static func serve(_ socket: String, answer: String?, isSPOE: Bool = false) throws(BenchFailure) -> Never {
        if isSPOE {
            _ = floor_spoe(socket)
        } else if let answer {
            guard let bytes = bytes(answer) else { throw BenchFailure("--answer: expected bytes in hexadecimal") }
            _ = floor_echo(socket, bytes, bytes.count)
        } else {
            _ = floor_http(socket)
        }
        throw BenchFailure("cannot serve on \(socket): \(reason())")
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
        guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
