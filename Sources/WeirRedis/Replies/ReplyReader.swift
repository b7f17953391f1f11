import CHiredis

/// Cuts the bytes of one connection into replies, by hiredis's reader.
///
/// What a reply takes is bounded by `maximumReplyBytes`, its depth by hiredis (seven arrays): a server that sends more is not
/// Redis. After an error no further byte may be read: the connection has to be closed.
package final class ReplyReader {
    /// As much as one reply may take in memory: CLUSTER SLOTS of 16,384 ranges with three nodes each fits.
    package static let maximumReplyBytes = 16 << 20

    /// Why bytes are no replies.
    package struct Malformed: Error, Equatable {
        /// In words.
        package var reason: String
    }

    private let reader: UnsafeMutablePointer<redisReader>

    /// Makes a reader for one connection.
    package init() {
        guard let reader = hiredis_bounded_reader(Self.maximumReplyBytes) else {
            preconditionFailure("no memory for a reader")
        }
        self.reader = reader
    }

    deinit { hiredis_free_reader(reader) }

    /// Takes bytes as they came.
    package func feed(_ bytes: UnsafeRawBufferPointer) throws(Malformed) {
        let status = redisReaderFeed(reader, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
        guard status == REDIS_OK else { throw malformed }
    }

    /// Takes bytes as they came.
    package func feed(_ bytes: [UInt8]) throws(Malformed) {
        let result = bytes.withUnsafeBytes { raw in Result { () throws(Malformed) in try feed(raw) } }
        try result.get()
    }

    /// The next whole reply, nil when more bytes are needed.
    package func next() throws(Malformed) -> RedisReply? {
        var found: UnsafeMutablePointer<redisReply>?
        guard hiredis_next_reply(reader, &found) == REDIS_OK else { throw malformed }
        guard let found else {
            guard hiredis_unread(reader) <= Self.maximumReplyBytes else {
                throw Malformed(reason: "a reply of more than \(Self.maximumReplyBytes) bytes")
            }
            return nil
        }
        defer { freeReplyObject(found) }
        return Self.copy(found)
    }

    private var malformed: Malformed {
        if reader.pointee.err == REDIS_ERR_OOM {
            return Malformed(reason: "a reply of more than \(Self.maximumReplyBytes) bytes")
        }
        let text = withUnsafeBytes(of: reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return Malformed(reason: text)
    }

    private static func copy(_ reply: UnsafePointer<redisReply>) -> RedisReply {
        let value = reply.pointee
        func bytes() -> [UInt8] {
            guard let start = value.str else { return [] }
            return Array(UnsafeRawBufferPointer(start: start, count: Int(value.len)))
        }
        switch value.type {
        case REDIS_REPLY_INTEGER: return .integer(value.integer)
        case REDIS_REPLY_STATUS: return .status(bytes())
        case REDIS_REPLY_STRING: return .bytes(bytes())
        case REDIS_REPLY_ERROR: return .error(bytes())
        case REDIS_REPLY_ARRAY:
            return .array(
                (0..<value.elements).map { index in
                    guard let element = value.element?[index] else { return .none }
                    return copy(element)
                })
        default: return .none
        }
    }
}
