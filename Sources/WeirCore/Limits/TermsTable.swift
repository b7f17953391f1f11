/// The numbers that slots are counted in, each once, with a count of the slots that use them.
///
/// Changing an amount must not reset counters, and a counter's slot knows only its key: so it keeps the number of the
/// terms it was last counted in, and is converted when it is touched next. Old terms go when no slot uses them.
struct TermsTable: ~Copyable {
    /// 48 bytes; all zero where it is free.
    struct Entry: BitwiseCopyable {
        var capacity: Int64 = 0
        var numerator: Int64 = 0
        var per: Int64 = 0
        var microsecondsToFull: Int64 = 0
        var slots = 0
        var isCurrent = false

        init() {}

        init(_ terms: LimitTerms, isCurrent: Bool) {
            capacity = terms.capacity
            numerator = terms.numerator
            per = terms.per
            microsecondsToFull = terms.microsecondsToFull
            self.isCurrent = isCurrent
        }

        /// Nil for a free entry.
        var terms: LimitTerms? {
            capacity == 0
                ? nil
                : LimitTerms(
                    capacity: capacity, numerator: numerator, per: per, microsecondsToFull: microsecondsToFull)
        }
    }

    /// Four policies of the largest size, all of other amounts.
    static let capacity = 4 * Policy.maximumStatements

    static var byteCount: Int { capacity * MemoryLayout<Entry>.stride }

    private var entries: FixedArray<Entry>

    init() { entries = FixedArray(count: Self.capacity, repeating: Entry()) }

    /// Lays the table over zeroed memory of `byteCount` bytes, which must outlive it.
    init(over region: UnsafeMutableRawBufferPointer) {
        precondition(region.count == Self.byteCount, "a region of another size")
        entries = unsafe FixedArray(over: region)
    }

    /// The terms behind a slot's number.
    @inline(__always)
    subscript(number: UInt32) -> LimitTerms {
        guard let terms = entries[Int(number) &- 1].terms else { preconditionFailure("terms that are not there") }
        return terms
    }

    /// Makes these the current terms and returns their numbers; nil, changing nothing, when old terms that are still in
    /// use leave no room.
    mutating func replace(with terms: [LimitTerms]) -> [UInt32]? {
        var known: [LimitTerms: UInt32] = [:]
        var free: [UInt32] = []
        for index in 0..<Self.capacity {
            if let terms = entries[index].terms, entries[index].slots > 0 || entries[index].isCurrent {
                known[terms] = UInt32(index + 1)
            } else {
                free.append(UInt32(index + 1))
            }
        }
        var numbers: [UInt32] = []
        var added: [(UInt32, LimitTerms)] = []
        for terms in terms {
            if let number = known[terms] {
                numbers.append(number)
            } else {
                guard let number = free.popLast() else { return nil }
                known[terms] = number
                added.append((number, terms))
                numbers.append(number)
            }
        }
        for index in 0..<Self.capacity { entries[index].isCurrent = false }
        for (number, terms) in added {
            entries[Int(number) - 1] = Entry(terms, isCurrent: true)
        }
        for number in numbers { entries[Int(number) - 1].isCurrent = true }
        return numbers
    }

    /// The number of terms that a counter of an earlier run is in; nil when there is no room for them.
    mutating func number(of terms: LimitTerms) -> UInt32? {
        var free: Int?
        for index in 0..<Self.capacity {
            if entries[index].terms == terms { return UInt32(index + 1) }
            if free == nil, entries[index].slots == 0, !entries[index].isCurrent { free = index }
        }
        guard let free else { return nil }
        entries[free] = Entry(terms, isCurrent: false)
        return UInt32(free + 1)
    }

    /// The terms behind a slot's number in a table that may be damaged.
    func checked(_ number: UInt32) -> LimitTerms? {
        guard number > 0, Int(number) <= Self.capacity, let terms = entries[Int(number) - 1].terms, terms.isSound else {
            return nil
        }
        return terms
    }

    mutating func addSlot(_ number: UInt32) { entries[Int(number) &- 1].slots &+= 1 }

    mutating func removeSlot(_ number: UInt32) { entries[Int(number) &- 1].slots &-= 1 }
}
