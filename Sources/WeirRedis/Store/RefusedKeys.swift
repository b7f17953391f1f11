/// Keys whose calls a server refuses for what they hold (WRONGTYPE, or an error that nobody expects): calls that name one of
/// them fail at once for about five seconds, all others go on.
///
/// A call of several keys does not tell which of them is at fault, and is not remembered: whoever wants to know asks for them one by
/// one.
package struct RefusedKeys {
    /// As many are remembered; calls of further ones are sent.
    package static let maximumKeys = 4096

    private struct Entry {
        var trouble: StoreTrouble
        var until: UInt64
    }

    private var entries: [[UInt8]: Entry] = [:]

    /// Of a server that has refused nothing.
    package init() {}

    /// The trouble that a call would meet.
    ///
    /// - now: in nanoseconds.
    package mutating func trouble(of call: LeaseCall, now: UInt64) -> StoreTrouble? {
        guard !entries.isEmpty else { return nil }
        for name in Self.names(call) {
            guard let entry = entries[name] else { continue }
            if entry.until > now { return entry.trouble }
            entries[name] = nil
        }
        return nil
    }

    /// A call was refused.
    ///
    /// - chance: 0..<1, so that a fleet does not try in step.
    package mutating func refused(_ call: LeaseCall, _ trouble: StoreTrouble, now: UInt64, chance: Double) {
        guard call.keys.count <= 1 else { return }
        var pace = Pace()
        let until = now + pace.next(after: trouble, chance: chance)
        if entries.count >= Self.maximumKeys { entries = entries.filter { $0.value.until > now } }
        for name in Self.names(call) where entries.count < Self.maximumKeys {
            entries[name] = Entry(trouble: trouble, until: until)
        }
    }

    /// The keys of a call, or the fence that it touches, each with its tag.
    private static func names(_ call: LeaseCall) -> [[UInt8]] {
        let tag = UInt8(truncatingIfNeeded: call.tag)
        return call.keys.isEmpty ? [[tag]] : call.keys.map { [tag, 0] + $0 }
    }
}
