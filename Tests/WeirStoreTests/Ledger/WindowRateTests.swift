import Testing
import WeirCore
import WeirStore

extension LedgerTests {
    @Suite struct WindowRateTests {
        /// How many windows a second the store raises, each with the cell that it reports: one exchange for each, and a thousand in one.
        @Test(arguments: LedgerUnderTest.Kind.allCases)
        func windowsRaisedPerSecond(_ kind: LedgerUnderTest.Kind) async throws {
            let ledger = try await LedgerUnderTest(kind)
            let grants = try await ledger.change { ledger throws(StoreError) in
                var grants: [String] = []
                for number in 0..<1_000 {
                    let line = OrderLine(unit: try LedgerUnit("calls:m"), amount: 1_000_000)
                    grants += try ledger.place(
                        Order(
                            externalID: "\(number)", consumer: "con_\(number % 100)", subscription: "sub_a",
                            kind: .trial,
                            lines: [line], actor: "test", reason: "rate")
                    ).receipt.lines.map(\.grant)
                }
                return grants
            }
            let agents = grants.map { AgentOnPaper(grant: $0, ledger) }
            let (store, now) = (ledger.windows(), ledger.now)
            let clock = ContinuousClock()
            func exchange(_ agents: ArraySlice<AgentOnPaper>, _ round: Int64) async throws {
                _ = try await store.exchange(
                    incarnation: agents[agents.startIndex].incarnation,
                    cells: agents.map { $0.cell(.admitted, UInt64(round * 10), hour: UInt32(now / 3_600)) },
                    asks: agents.map { WindowAsk(grant: $0.grant, granted: round * 10, returned: 0, want: 10) },
                    now: now)
            }
            let single = try await clock.measure {
                for index in agents.indices.prefix(300) { try await exchange(agents[index...index], 0) }
            }
            // What was raised already is not raised again.
            let batched = try await clock.measure {
                for round in 0..<3 { try await exchange(agents[...], Int64(round)) }
            }
            print(
                "windows raised per second over \(kind.rawValue): \(rate(300, single)) by one an exchange, \(rate(2_700, batched)) by 1,000 an exchange"
            )
            #expect(try await ledger.number("SELECT CAST(sum(granted) AS BIGINT) FROM credit_window") == 30_000)
            #expect(try await ledger.broken() == [])
        }

        private func rate(_ count: Int, _ duration: Duration) -> Int { Int(Double(count) / (duration / .seconds(1))) }
    }
}
