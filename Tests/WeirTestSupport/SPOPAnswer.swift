/// A frame of an agent as a test reads it: strictly, by the protocol's text, and with none of the agent's code.
package struct SPOPAnswer: Equatable, Sendable, CustomStringConvertible {
    package var kind: UInt8
    /// Stream and frame id, as they came.
    package var ids: [UInt64]
    /// Bytes behind the length.
    package var length: Int
    /// Pairs of HELLO and DISCONNECT, or what an ACK sets in the transaction, as text.
    package private(set) var fields: [(name: String, value: String)] = []

    package static let hello: UInt8 = 101
    package static let disconnect: UInt8 = 102
    package static let ack: UInt8 = 103

    package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    package static func == (one: SPOPAnswer, other: SPOPAnswer) -> Bool { one.description == other.description }

    /// `ack 0 1 deny=false status=200`
    package var description: String {
        let name = [Self.hello: "agent-hello", Self.disconnect: "agent-disconnect", Self.ack: "ack"][kind] ?? "\(kind)"
        return ([name] + ids.map { "\($0)" } + fields.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
    }

    package struct Malformed: Error {
        package let bytes: [UInt8]
    }

    /// All frames of a stretch of output, which holds nothing else.
    package static func all(_ output: [UInt8]) throws -> [SPOPAnswer] {
        var answers: [SPOPAnswer] = []
        var rest = output[...]
        while !rest.isEmpty {
            guard let answer = SPOPAnswer(&rest) else { throw Malformed(bytes: output) }
            answers.append(answer)
        }
        return answers
    }

    private init?(_ rest: inout ArraySlice<UInt8>) {
        guard rest.count >= 4 else { return nil }
        length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        var reader = Reader(bytes: rest.dropFirst(4).prefix(length))
        guard reader.bytes.count == length else { return nil }
        rest = rest.dropFirst(4 + length)
        guard let kind = reader.byte(), reader.take(4) == [0, 0, 0, 1], let stream = reader.varint(),
            let frame = reader.varint()
        else { return nil }
        self.kind = kind
        ids = [stream, frame]
        while !reader.bytes.isEmpty {
            // set-var, three arguments, the transaction's scope.
            if kind == Self.ack, reader.take(3) != [1, 3, 2] { return nil }
            guard let name = reader.string(), let value = reader.value() else { return nil }
            fields.append((name, value))
        }
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func byte() -> UInt8? { bytes.popFirst() }

        mutating func take(_ count: Int) -> [UInt8]? {
            guard bytes.count >= count else { return nil }
            defer { bytes = bytes.dropFirst(count) }
            return Array(bytes.prefix(count))
        }

        mutating func varint() -> UInt64? {
            guard let first = byte() else { return nil }
            guard first >= 240 else { return UInt64(first) }
            var (value, shift) = (UInt64(first), UInt64(4))
            while let next = byte(), shift < 64 {
                value &+= UInt64(next) << shift
                if next < 128 { return value }
                shift += 7
            }
            return nil
        }

        mutating func string() -> String? {
            guard let count = varint(), let text = take(Int(clamping: count)) else { return nil }
            return String(decoding: text, as: UTF8.self)
        }

        mutating func value() -> String? {
            switch byte() {
            case 0x00: "null"
            case 0x01: "false"
            case 0x11: "true"
            case 2, 4: varint().map { "\(Int64(bitPattern: $0))" }
            case 3, 5: varint().map { "\($0)" }
            case 8: string()
            default: nil
            }
        }
    }
}

extension ClientSocket {
    /// A frame of SPOP: its length is in its first four bytes.
    package func receiveSPOP() throws -> SPOPAnswer? {
        guard let head = receive(exactly: 4) else { return nil }
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard length <= 1 << 20, let rest = receive(exactly: length) else { return nil }
        return try SPOPAnswer.all(head + rest)[0]
    }
}
