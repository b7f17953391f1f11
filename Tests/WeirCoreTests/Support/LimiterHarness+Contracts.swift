import WeirCalendar
import WeirCore

extension LimiterHarness {
    /// Opens the desk, with a cache of so many keys.
    func open(knownKeys: Int = 64, unknownKeys: Int = 64) {
        limiter.open(
            ContractDesk(
                hasher: SoldThings.hasher, namespace: Self.namespace, secret: Hash128(low: 11, high: 12),
                knownKeys: knownKeys, unknownKeys: unknownKeys))
    }

    /// Puts a book in force, compiled beside these rules.
    func sell(_ book: ContractBook, rules: String = "") throws {
        let policy = try Policy([PolicySource(name: "test", text: rules)], almanac: ZoneAlmanac())
        let compiled = try CompiledPolicy(policy, book.offers, namespace: Self.namespace)
        let timelines = compiled.calendar.map { ZoneAlmanac().timeline($0, at: now.wallMicroseconds) }
        _ = try limiter.adopt(book, compiled, timelines: timelines)
    }

    /// Puts a book in force that sells the same.
    func swap(_ book: ContractBook) { _ = limiter.adopt(book) }

    /// Every cell as its outcome and all of its dimensions.
    func contractCells() -> [String: UInt64] {
        var cells: [String: UInt64] = [:]
        var start: Int? = 0
        while let from = start {
            start = limiter.usage.forEachCell(before: .max, from: from) { _, cell in
                let d = limiter.usage.dimensions(of: cell)
                let name = [cell.outcome?.name ?? "?", d.contract, d.consumer, d.plan, d.key, d.product, d.route]
                cells[name.joined(separator: " "), default: 0] += cell.totals.calls
            }
        }
        return cells
    }
}
