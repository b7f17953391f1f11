import WeirCore
import WeirStore

/// One incarnation of an agent, as far as one grant's window is concerned; the test says what it does.
struct AgentOnPaper {
    let grant: String
    let ledger: LedgerUnderTest
    let incarnation: Hash128
    let store: WindowStore

    init(
        grant: String, _ ledger: LedgerUnderTest, number: UInt64 = 1, terms: WindowTerms = WindowTerms(),
        prices: any PriceBook = CeilingPrices()
    ) {
        self.grant = grant
        self.ledger = ledger
        incarnation = Hash128(low: number, high: 99)
        store = ledger.windows(terms, prices: prices)
    }

    /// One exchange. What it knows to be granted and has given back is what the store has, unless said otherwise.
    ///
    /// - Parameter spent: units in all, in the cell of an hour.
    @discardableResult
    func ask(
        spent: UInt64? = nil, hour: UInt32? = nil, contract: String = "sub_a/1", outcomes: [(Outcome, UInt64)]? = nil,
        meter: String = "", granted: Int64? = nil, returned: Int64? = nil, want: Int64 = 0, need: Int64 = 0,
        isOver: Bool = false, isAlive: Bool = false
    ) async throws(StoreError) -> WindowAnswer {
        let known = try await row()
        var counted = outcomes ?? []
        if let spent { counted.append((.admitted, spent)) }
        let cells = counted.map { outcome, units in
            cell(outcome, units, hour: hour ?? UInt32(ledger.now / 3_600), contract: contract, meter: meter)
        }
        let ask = WindowAsk(
            grant: grant, granted: granted ?? known.map { $0.granted + $0.shrunk } ?? 0,
            returned: returned ?? known?.returned ?? 0, want: want, need: need, isOver: isOver,
            isAlive: isAlive)
        let reply = try await store.exchange(incarnation: incarnation, cells: cells, asks: [ask], now: ledger.now)
        return reply.answers[0]
    }

    func cell(_ outcome: Outcome, _ units: UInt64, hour: UInt32, contract: String = "sub_a/1", meter: String = "")
        -> Cell
    {
        var dimensions = Dimensions()
        (dimensions.contract, dimensions.grant) = (contract, meter.isEmpty ? grant : "\(grant)/\(meter)")
        return Cell(
            key: Hash128(deriving: contract + meter), dimensions: dimensions, hour: hour, outcome: outcome,
            totals: Totals(calls: units, units: units))
    }

    func row() async throws(StoreError) -> CreditWindowRow? {
        try await store.windows(of: grant).first { $0.incarnation == incarnation.hex }
    }
}
