/// The connections that have said nothing yet, in the order in which they came, so that the longest silent one is found at once.
///
/// Those that speak or close are noticed when they are met: at most twice as many entries as open connections are kept, and
/// some.
struct SilentConnections {
    private static let slack = 64

    private var entries: [(slot: Int, generation: UInt32)] = []
    /// Entries before it are done with.
    private var start = 0

    /// What became of an entry.
    enum State {
        /// It spoke or was closed.
        case gone
        /// It came too short a while ago, as all behind it did.
        case tooYoung
        case chosen
        case passed
    }

    /// Adds one that has just come.
    ///
    /// - Parameters:
    ///   - open: connections that are open.
    ///   - isSilent: whether an entry still means a connection, which has said nothing.
    mutating func add(
        _ slot: Int, _ generation: UInt32, open: Int, isSilent: (_ slot: Int, _ generation: UInt32) -> Bool
    ) {
        if entries.count > 2 * open + Self.slack {
            entries.removeAll { !isSilent($0.slot, $0.generation) }
            start = 0
        }
        entries.append((slot, generation))
    }

    /// The slot of the first that is chosen; nil when none is.
    mutating func first(where state: (_ slot: Int, _ generation: UInt32) -> State) -> Int? {
        var index = start
        while index < entries.count {
            let entry = entries[index]
            switch state(entry.slot, entry.generation) {
            case .gone: if index == start { start += 1 }
            case .tooYoung: return nil
            case .chosen: return entry.slot
            case .passed: break
            }
            index += 1
        }
        return nil
    }
}
