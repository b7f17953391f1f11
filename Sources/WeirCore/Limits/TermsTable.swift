/// The numbers that slots are counted in, each once, with a count of the slots that use them.
///
/// Changing an amount must not reset counters, and a counter's slot knows only its key: so it keeps the number of the
/// terms it was last counted in, and is converted when it is touched next. Old terms go when no slot uses them.
struct TermsTable: ~Copyable {
    struct Entry: BitwiseCopyable {
        var terms: LimitTerms?
        var slots: Int
        var isCurrent: Bool
    }

    /// Four policies of the largest size, all of other amounts.
    static let capacity = 4 * Policy.maximumStatements

    private var entries = FixedArray<Entry>(count: capacity, repeating: Entry(terms: nil, slots: 0, isCurrent: false))

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
            entries[Int(number) - 1] = Entry(terms: terms, slots: 0, isCurrent: true)
        }
        for number in numbers { entries[Int(number) - 1].isCurrent = true }
        return numbers
    }

    mutating func addSlot(_ number: UInt32) { entries[Int(number) &- 1].slots &+= 1 }

    mutating func removeSlot(_ number: UInt32) { entries[Int(number) &- 1].slots &-= 1 }
}
