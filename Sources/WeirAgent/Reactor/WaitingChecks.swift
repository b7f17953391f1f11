/// Checks that wait for the shared store or the collector, first in, first out; each is decided at its deadline at the latest.
struct WaitingChecks {
    struct Entry {
        let slot: Int
        let generation: UInt32
        /// When it is decided without the store, in microseconds of the clock that never goes back.
        let deadline: Int64
        /// The frame of a native connection or of HAProxy's; empty for an HTTP connection, whose own bytes wait.
        let frame: [UInt8]
    }

    /// Checks that may wait at once; one more is decided without waiting.
    let maximum: Int
    private var entries: [Entry] = []
    /// When the first has waited long enough: for the collector checks wait longer than for the store.
    private(set) var deadline: Int64?

    init(maximum: Int) { self.maximum = maximum }

    var isEmpty: Bool { entries.isEmpty }
    var room: Int { max(0, maximum - entries.count) }

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        deadline = min(deadline ?? .max, entry.deadline)
    }

    /// Takes all of them out, to be asked again in their order.
    mutating func takeAll() -> [Entry] {
        defer { (entries, deadline) = ([], nil) }
        return entries
    }
}
