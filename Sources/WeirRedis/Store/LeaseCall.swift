/// One call of the lease script: some limit keys of one tag, or none, to touch the tag's fence.
///
/// The store sends it as it is: it neither repeats a call that was not answered in time nor looks into its asks.
package struct LeaseCall: Sendable {
    /// 0…255; which keys share a tag is the caller's to say, for ever the same.
    package var tag: Int
    /// What the caller knows of the tag's fence: its epoch, its operations, and a time in microseconds that the store's clock
    /// has not reached yet; 0 for a newcomer.
    package var epoch: Int64
    package var seen: Int64
    package var latest: Int64
    /// Whether a store that nobody knew is taken for new, and has lost nothing (`WEIR_COLD_START=trust`).
    package var trust: Bool
    /// For how long nothing is granted after a loss.
    package var freezeMicroseconds: Int64
    /// The incarnation that calls, or its name.
    package var agent: [UInt8]
    /// Names of limit keys, after `{wNNN}:NAMESPACE:`; none: the caller only makes itself known.
    package var keys: [[UInt8]]
    /// For each key its 15 numbers as doubles, little-endian, 120 bytes (`LeaseScript`); without keys one, 8 bytes: for how
    /// many microseconds the agent counts as a member of the fleet.
    package var asks: [[UInt8]]

    package init(
        tag: Int, epoch: Int64, seen: Int64, latest: Int64, trust: Bool, freezeMicroseconds: Int64, agent: [UInt8],
        keys: [[UInt8]], asks: [[UInt8]]
    ) {
        precondition((0..<LeaseKey.tags).contains(tag) && asks.count == max(1, keys.count))
        self.tag = tag
        self.epoch = epoch
        self.seen = seen
        self.latest = latest
        self.trust = trust
        self.freezeMicroseconds = freezeMicroseconds
        self.agent = agent
        self.keys = keys
        self.asks = asks
    }

    /// Bytes that the call takes on its way, about.
    var size: Int { 256 + keys.reduce(0) { $0 + $1.count + 64 } + asks.reduce(0) { $0 + $1.count + 8 } }

    /// The EVALSHA of the call.
    ///
    /// - script: its SHA-1 in hex. run: which server, in which life, is meant to answer.
    func command(script: [UInt8], run: [UInt8], namespace: String) -> RedisCommand {
        let prefix = LeaseKey.prefix(tag: tag, namespace: namespace)
        var words: [[UInt8]] = [
            Array("EVALSHA".utf8), script, Array(String(keys.count + 1).utf8), prefix + "fence".utf8,
        ]
        words.reserveCapacity(7 + 2 * keys.count)
        for key in keys { words.append(prefix + key) }
        words += [run, agent, Self.packed([epoch, seen, latest, trust ? 1 : 0, freezeMicroseconds])]
        words += asks
        return RedisCommand(words)
    }

    /// Numbers as doubles, 8 bytes each, little-endian.
    package static func packed(_ numbers: [Int64]) -> [UInt8] {
        numbers.flatMap { number in
            withUnsafeBytes(of: Double(number).bitPattern.littleEndian) { Array($0) }
        }
    }
}
