/// What many API keys cost an agent.
package struct KeyReport: Sendable {
    package var keys: Int
    package var documentBytes = 0
    /// Processor seconds from the text to a book that can be put in force.
    package var loadSeconds = 0.0
    /// All tables, and those that are the keys' own: rows and indices.
    package var tableBytes = 0
    package var keyBytes = 0
    /// What the process grew by.
    package var residentBytes = 0
    /// Nanoseconds of a check with a key that is known, and of the first with each key after a change.
    package var check = Samples()
    package var checkAfter = Samples()
    /// Microseconds of a change of one key and of a thousand: made, away from checks, and put in force, under the lock.
    package var change = Samples()
    package var swap = Samples()
    package var largeChange = Samples()
    package var largeSwap = Samples()

    package init(keys: Int) { self.keys = keys }

    /// Bytes of a key's own tables for each key, and of all tables.
    package var bytesPerKey: Double { keys == 0 ? 0 : Double(keyBytes) / Double(keys) }
    package var allBytesPerKey: Double { keys == 0 ? 0 : Double(tableBytes) / Double(keys) }
}

extension KeyReport: Encodable {
    private enum Key: String, CodingKey {
        case keys
        case documentBytes = "document_bytes"
        case loadSeconds = "load_seconds"
        case bytesPerKey = "bytes_per_key"
        case allBytesPerKey = "all_bytes_per_key"
        case residentBytes = "resident_bytes"
        case check = "check_ns"
        case checkAfter = "check_after_change_ns"
        case change = "change_us"
        case swap = "swap_us"
        case swapLongest = "swap_longest_us"
        case largeChange = "change_of_1000_us"
        case largeSwap = "swap_of_1000_us"
    }

    package func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: Key.self)
        try json.encode(keys, forKey: .keys)
        try json.encode(documentBytes, forKey: .documentBytes)
        try json.encode(loadSeconds, forKey: .loadSeconds)
        try json.encode(bytesPerKey, forKey: .bytesPerKey)
        try json.encode(allBytesPerKey, forKey: .allBytesPerKey)
        try json.encode(residentBytes, forKey: .residentBytes)
        try json.encode(check.median, forKey: .check)
        try json.encode(checkAfter.median, forKey: .checkAfter)
        try json.encode(change.median, forKey: .change)
        try json.encode(swap.median, forKey: .swap)
        try json.encode(swap.highest, forKey: .swapLongest)
        try json.encode(largeChange.median, forKey: .largeChange)
        try json.encode(largeSwap.median, forKey: .largeSwap)
    }
}
