/// Rows by number and by id. A number stays a row's until it is gone and nobody refers to it any more.
struct BookTable<Row: BookRow>: Sendable {
    private var rows = ChunkedTable<Row>(filler: .empty)
    private var index = BookIndex()
    /// Numbers that were given before and are free.
    private var free: [UInt32] = []
    private var end: UInt32 = 0
    /// Rows that are referred to and not defined: when a document is read there must be none.
    private(set) var undefinedCount = 0

    /// Rows that are defined.
    private(set) var count = 0

    /// A number above all that were given.
    var numberEnd: Int { Int(end) }
    var byteCount: Int { rows.byteCount + index.byteCount }

    subscript(number: UInt32) -> Row {
        get { rows[Int(number)] }
        set { rows[Int(number)] = newValue }
    }

    func find(_ id: RecordID) -> UInt32? { index.find(id.bits) { rows[Int($0)].id.bits } }

    /// The row of an id that something refers to from now on; one of nothing where the id is not known yet.
    mutating func refer(to id: RecordID) -> UInt32 {
        let number = find(id) ?? add(id)
        rows[Int(number)].references += 1
        return number
    }

    /// One reference less.
    mutating func release(_ number: UInt32) {
        rows[Int(number)].references -= 1
        if !rows[Int(number)].isDefined { dropIfUnused(number) }
    }

    /// The row of an id that is defined from now on, and whether it was before.
    mutating func define(_ id: RecordID) -> (number: UInt32, wasDefined: Bool) {
        let number = find(id) ?? add(id)
        if rows[Int(number)].isDefined { return (number, true) }
        rows[Int(number)].isDefined = true
        undefinedCount -= 1
        count += 1
        return (number, false)
    }

    /// Takes a definition away; the row stays for as long as others refer to it.
    mutating func undefine(_ number: UInt32) {
        rows[Int(number)].isDefined = false
        undefinedCount += 1
        count -= 1
        dropIfUnused(number)
    }

    /// A row that is referred to and not defined.
    var firstUndefined: RecordID? {
        guard undefinedCount > 0 else { return nil }
        for number in 0..<Int(end) where rows[number].references > 0 && !rows[number].isDefined {
            return rows[number].id
        }
        return nil
    }

    private mutating func add(_ id: RecordID) -> UInt32 {
        let number: UInt32
        if let used = free.popLast() {
            number = used
        } else {
            number = end
            end += 1
            if Int(end) > rows.capacity { rows.grow() }
        }
        var row = Row.empty
        row.id = id
        rows[Int(number)] = row
        undefinedCount += 1
        index.insert(number) { [rows] in rows[Int($0)].id.bits }
        return number
    }

    private mutating func dropIfUnused(_ number: UInt32) {
        guard rows[Int(number)].references == 0 else { return }
        index.remove(number) { [rows] in rows[Int($0)].id.bits }
        rows[Int(number)] = .empty
        undefinedCount -= 1
        free.append(number)
    }
}
