/// The statements that a connection has prepared: at most so many, those that were not used for longest go first.
struct StatementCache {
    /// A statement's text, and the types of its values: a type that was once inferred is kept by the server.
    struct Key: Hashable {
        let statement: String
        let types: [UInt32]
    }

    /// What to do for a statement.
    enum Step: Equatable {
        /// It is there under this name.
        case use(String)
        /// Prepare it under this name, and drop the other one first, if any.
        case prepare(String, dropping: String?)
    }

    private struct Entry {
        let name: String
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var made: UInt64 = 0

    /// - capacity: at least 1.
    init(capacity: Int) { self.capacity = capacity }

    mutating func step(for key: Key) -> Step {
        uses += 1
        if let entry = entries[key] {
            entries[key]?.lastUse = uses
            return .use(entry.name)
        }
        made += 1
        let oldest = entries.count < capacity ? nil : entries.min { $0.value.lastUse < $1.value.lastUse }
        if let oldest { entries[oldest.key] = nil }
        return .prepare("weir_\(made)", dropping: oldest?.value.name)
    }

    /// Notes that a statement was prepared.
    mutating func note(_ key: Key, as name: String) { entries[key] = Entry(name: name, lastUse: uses) }
}
