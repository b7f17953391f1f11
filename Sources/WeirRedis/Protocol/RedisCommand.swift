import CHiredis
package import NIOCore

/// A command: its name and its arguments, each any bytes.
package struct RedisCommand: Equatable {
    /// The name, then the arguments.
    package var words: [[UInt8]]

    /// Takes words as they are.
    package init(_ words: [[UInt8]]) { self.words = words }

    /// Takes words as UTF-8.
    package init(_ words: [String]) { self.words = words.map { Array($0.utf8) } }

    /// Takes words as UTF-8.
    package init(_ words: String...) { self.init(words) }

    /// Writes the command as it goes to the server, by hiredis's formatter.
    package func write(to buffer: inout ByteBuffer) {
        var flat: [CChar] = []
        flat.reserveCapacity(words.reduce(1) { $0 + $1.count })
        for word in words { flat.append(contentsOf: word.lazy.map { CChar(bitPattern: $0) }) }
        flat.append(0)  // so that there is an address also for words that are empty
        var lengths = words.map(\.count)
        flat.withUnsafeBufferPointer { flat in
            var offset = 0
            var starts = lengths.map { length -> UnsafePointer<CChar>? in
                defer { offset += length }
                return flat.baseAddress.map { $0 + offset }
            }
            var formatted: UnsafeMutablePointer<CChar>?
            let count = redisFormatCommandArgv(&formatted, CInt(words.count), &starts, &lengths)
            guard count >= 0, let formatted else { preconditionFailure("no memory for a command") }
            buffer.writeBytes(UnsafeRawBufferPointer(start: formatted, count: Int(count)))
            redisFreeCommand(formatted)
        }
    }
}
