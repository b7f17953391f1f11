import Foundation
import Synchronization
import Testing
import WeirBilling
import WeirCore
import WeirStore
import WeirTestSupport

/// A database of a test's own with a ledger in it, and a clock that the test moves.
final class LedgerUnderTest: Sendable {
    /// The databases that every test of the ledger runs over.
    enum Kind: String, CaseIterable, Sendable {
        case sqlite
    }

    let database: any SQLDatabase
    let path: String
    private let directory: MemoryDirectory
    private let clock = Mutex<Int64>(1_800_000_000)
    private let random = Mutex(SeededRandom(7))

    init(_ kind: Kind) async throws {
        directory = try MemoryDirectory()
        path = "\(directory.path)/weir.sqlite"
        switch kind {
        case .sqlite: database = try SQLiteDatabase(path: path)
        }
        try await Schema.migrate(database)
    }

    /// Seconds since 1970.
    var now: Int64 {
        get { clock.withLock { $0 } }
        set { clock.withLock { $0 = newValue } }
    }

    var identifier: Identifier {
        Identifier(
            milliseconds: { [self] in now * 1_000 },
            random: { [self] in random.withLock { (UInt16(truncatingIfNeeded: $0.next()), $0.next()) } })
    }

    // MARK: The ledger

    @discardableResult
    func change<Result: Sendable>(
        _ body: @escaping @Sendable (Ledger) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        let (now, identifier) = (now, identifier)
        return try await database.write { connection throws(StoreError) in
            try body(Ledger(connection, now: now, identifier: identifier))
        }
    }

    @discardableResult
    func place(_ order: Order) async throws(StoreError) -> OrderReceipt {
        try await change { ledger throws(StoreError) in try ledger.place(order).receipt }
    }

    /// The field that an order is refused by.
    func refusal(of order: Order) async -> String? {
        do throws(StoreError) {
            try await place(order)
            return nil
        } catch {
            return error.refusal?.field ?? "no refusal: \(error)"
        }
    }

    func balances(_ consumer: String = "con_a") async throws(StoreError) -> [GrantBalance] {
        try await change { ledger throws(StoreError) in try ledger.balances(of: consumer) }
    }

    func account(of grant: String) async throws -> AccountBalance {
        let rows = try await database.read { connection throws(StoreError) in
            try connection.run(
                """
                SELECT account.credits_posted, account.debits_posted, account.debits_pending, account.floor FROM account
                JOIN credit_grant ON credit_grant.account_id = account.id WHERE credit_grant.id = $1
                """, [.text(grant)])
        }
        return AccountBalance(
            credits: try rows[0].integer(0), debits: try rows[0].integer(1), pending: try rows[0].integer(2),
            floor: try rows[0].integer(3))
    }

    func statement(_ grant: String) async throws(StoreError) -> [StatementLine] {
        try await change { ledger throws(StoreError) in try ledger.statement(of: grant, limit: 1_000) }
    }

    // MARK: Windows

    func windows(_ terms: WindowTerms = WindowTerms(), prices: any PriceBook = CeilingPrices()) -> WindowStore {
        WindowStore(database, identifier: identifier, terms: terms, prices: prices)
    }

    // MARK: SQL

    @discardableResult
    func run(_ statement: String) async throws(StoreError) -> [SQLRow] {
        try await database.write { connection throws(StoreError) in try connection.run(statement) }
    }

    func number(_ statement: String) async throws(StoreError) -> Int64 { try await run(statement)[0].integer(0) }

    /// The invariants that are broken.
    func broken() async throws(StoreError) -> [String] {
        try await Fsck(database).run().findings.map(\.description)
    }
}

extension Order {
    /// A package of calls for five dollars.
    static func package(
        _ amount: Int64, of meter: String = "calls", id: String = "order-1", consumer: String = "con_a",
        subscription: String = "sub_a", expiresAt: Int64? = nil, priority: Int64 = 0
    ) throws -> Order {
        Order(
            externalID: id, consumer: consumer, subscription: subscription, kind: .purchase,
            price: Money(nano: 5_000_000_000, try Currency("USD")),
            lines: [
                OrderLine(
                    unit: .meter(.calls, code: meter), amount: amount, priority: priority, expiresAt: expiresAt)
            ],
            actor: "shop", reason: "package")
    }
}

/// A directory in memory, where a database does not wait for a disk; on one where there is no such place.
final class MemoryDirectory: Sendable {
    let path: String

    init() throws {
        let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
        path = "\(root)/weir-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
