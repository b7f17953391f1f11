import FoundationEssentials
import Logging
import WeirCalendar
import WeirStore

/// What has to happen without anybody asking: periods begin and end, windows that ended are settled or given up, grants that ended expire,
/// contracts that are over are invoiced. Any number of collectors may do it on one database: each change is guarded by the rows that it
/// changes.
struct Housekeeper: Sendable {
    /// Between two rounds.
    private static let pace: Duration = .seconds(5)
    /// What is due and could not be done is not tried all the time.
    private static let leastPause: Duration = .milliseconds(20)
    /// One of so many rounds, the first among them, looks at all that there is: once an hour.
    private static let wholeRounds = 720
    /// Rows of one transaction, so that none holds others up for long.
    private static let part = 200

    let database: any SQLDatabase
    /// Seconds behind a contract's end at which its invoice waits for no agent any more.
    let invoiceGrace: Int64
    let now: @Sendable () -> Date
    let logger: Logger

    func run() async {
        var failure: String?
        var rounds = 0
        while !Task.isCancelled {
            do throws(StoreError) {
                try await round(isWhole: rounds % Self.wholeRounds == 0)
                rounds += 1
                failure = nil
            } catch {
                // A round that the database kept from beginning comes again; one thing that cannot be done holds up nothing.
                if error.code == .failed || error.code == .refused { rounds += 1 }
                // Said once; everything is tried again.
                if failure != "\(error)" { logger.warning("what has ended was not settled: \(error)") }
                failure = "\(error)"
            }
            try? await Task.sleep(for: await pause())
        }
    }

    /// Until the next contract is due, and no longer than the pace.
    private func pause() async -> Duration {
        guard let look = try? await contracts.nextLook() else { return Self.pace }
        let left = Double(look) - now().timeIntervalSince1970
        return max(Self.leastPause, min(Self.pace, .seconds(left)))
    }

    private var contracts: ContractStore {
        ContractStore(database, identifier: identifier, clock: PeriodCalendar())
    }

    private var identifier: Identifier { Identifier { [now] in Int64(now().timeIntervalSince1970 * 1_000) } }
    private var seconds: Int64 { Int64(now().timeIntervalSince1970) }

    /// - Parameter isWhole: whether invoices are looked for that are of long ago.
    func round(isWhole: Bool) async throws(StoreError) {
        try await advance()
        let windows = WindowStore(database, identifier: identifier, prices: PlanPrices())
        while try await windows.sweep(limit: Self.part, now: seconds) == Self.part {}
        while try await expire() == Self.part {}
        let invoices = InvoiceStore(database, identifier: identifier, prices: PlanPrices(), grace: invoiceGrace)
        let swept = try await invoices.sweep(isWhole: isWhole, now: seconds)
        for number in swept.issued { logger.info("invoice \(number) was issued") }
        if let failure = swept.failures.first { throw failure }
    }

    /// Prepares, begins and ends the periods of subscriptions.
    private func advance() async throws(StoreError) {
        var count = Self.part
        while count == Self.part, !Task.isCancelled {
            let done = try await contracts.advance(limit: Self.part, now: seconds)
            for failure in done.failures { logger.error("\(failure)") }
            count = done.count
        }
    }

    private func expire() async throws(StoreError) -> Int {
        let (identifier, seconds) = (identifier, seconds)
        return try await database.write { connection throws(StoreError) in
            try Ledger(connection, now: seconds, identifier: identifier).expire(limit: Self.part)
        }
    }
}
