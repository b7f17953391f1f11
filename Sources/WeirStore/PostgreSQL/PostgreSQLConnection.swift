import CLibpq
import Glibc

/// One connection of libpq. Every wait for the server has an end, so that a server that hangs holds nobody for ever.
///
/// It belongs to one `PostgreSQLLane`, whose queue alone uses it.
final class PostgreSQLConnection: SQLConnection {
    /// Statements that are kept prepared.
    static let preparedStatements = 256
    /// How much longer than a statement may run its answer may take.
    static let grace = Duration.seconds(5)
    /// The oldest server whose words are used.
    static let oldestVersion: Int32 = 15_00_00

    let link: OpaquePointer
    private var cache = StatementCache(capacity: PostgreSQLConnection.preparedStatements)
    /// How long an answer may take.
    var answerTimeout: Duration
    /// Why the transaction that goes on is lost, if it is.
    private(set) var failure: PostgreSQLFailure?

    // MARK: Opening

    /// Connects, and sets up the session.
    init(_ options: PostgreSQLOptions) throws(PostgreSQLFailure) {
        let words = options.address.connectionWords(connectTimeout: options.connectTimeout)
        guard let link = Self.connect(words) else { throw PostgreSQLFailure("no memory", isBroken: true) }
        self.link = link
        answerTimeout = options.statementTimeout + Self.grace
        guard PQstatus(link) == CONNECTION_OK else { throw PostgreSQLFailure(lastMessage, isBroken: true) }
        // What the server tells beside answers, such as that a table is there already.
        PQsetNoticeProcessor(link, { _, _ in }, nil)
        PQsetnonblocking(link, 1)
        try checkServer()
        try setUp(options)
    }

    deinit { PQfinish(link) }

    private static func connect(_ words: [PostgreSQLAddress.Parameter]) -> OpaquePointer? {
        let names = words.map { strdup($0.name) }
        let values = words.map { strdup($0.value) }
        defer { for text in names + values { free(text) } }
        let nameList = names.map { UnsafePointer<CChar>($0) } + [nil]
        let valueList = values.map { UnsafePointer<CChar>($0) } + [nil]
        return PQconnectdbParams(nameList, valueList, 0)
    }

    private func checkServer() throws(PostgreSQLFailure) {
        let version = PQserverVersion(link)
        guard version >= Self.oldestVersion else {
            throw PostgreSQLFailure(
                "the server is PostgreSQL \(version / 10_000): expected \(Self.oldestVersion / 10_000) or newer")
        }
        let encoding = PQparameterStatus(link, "server_encoding").map { String(cString: $0) } ?? "unknown"
        guard encoding == "UTF8" else {
            throw PostgreSQLFailure(
                "the database is encoded in \(encoding): make one with ENCODING 'UTF8' TEMPLATE template0")
        }
    }

    private func setUp(_ options: PostgreSQLOptions) throws(PostgreSQLFailure) {
        let limit = "\(options.statementTimeout / .milliseconds(1))".prefix { $0 != "." }
        // A commit is on disk when it is acknowledged, whatever the server's own setting is. A machine that died while it held a
        // lock is noticed by the server, too.
        _ = try execute(
            """
            SELECT set_config('synchronous_commit',
                CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),
                set_config('statement_timeout', $1, false), set_config('idle_in_transaction_session_timeout', $1, false),
                set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_interval', '10', false),
                set_config('tcp_keepalives_count', '3', false),
                set_config('client_connection_check_interval', '5s', false), set_config('jit', 'off', false)
            """, [.text(String(limit))])
    }

    /// The server, and whether the way to it is encrypted.
    var serverDescription: String {
        let version = PQserverVersion(link)
        return "PostgreSQL \(version / 10_000).\(version % 10_000)" + (PQsslInUse(link) == 1 ? ", over TLS" : "")
    }

    // MARK: Between transactions

    /// Whether the server has not closed the connection meanwhile, as far as this machine knows.
    var isAlive: Bool {
        guard PQstatus(link) == CONNECTION_OK else { return false }
        var entry = pollfd(fd: PQsocket(link), events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 0) > 0 else { return true }
        return PQconsumeInput(link) == 1 && PQstatus(link) == CONNECTION_OK
    }

    /// Whether a transaction is open, or is not known to be over.
    var isInTransaction: Bool { PQtransactionStatus(link) != PQTRANS_IDLE }

    func forgetFailure() { failure = nil }

    /// Whether it must not be used for another transaction.
    private(set) var isSpent = false

    func spend() { isSpent = true }

    // MARK: Statements

    func run(_ statement: String, _ values: [SQLValue]) throws(StoreError) -> [SQLRow] {
        do throws(PostgreSQLFailure) {
            return try execute(statement, values).rows
        } catch {
            throw error.storeError
        }
    }

    /// Runs a statement; one with values is prepared and kept.
    ///
    /// - Returns: its rows, and what the server says of it, such as `COMMIT`.
    func execute(
        _ statement: String, _ values: [SQLValue] = []
    ) throws(PostgreSQLFailure) -> (rows: [SQLRow], tag: String) {
        do throws(PostgreSQLFailure) {
            let result: PostgreSQLResult
            if values.isEmpty {
                result = try answer { PQsendQueryParams(link, statement, 0, nil, nil, nil, nil, 0) }
            } else {
                let parameters = try PostgreSQLParameters(values)
                let name = try prepared(statement, parameters)
                result = try answer {
                    parameters.withPointers { pointers, lengths, formats in
                        PQsendQueryPrepared(link, name, parameters.count, pointers, lengths, formats, 0)
                    }
                }
            }
            return (try result.rows(), result.tag)
        } catch {
            if failure == nil || error.isBroken { failure = error }
            throw error
        }
    }

    /// Runs statements of Weir's own in one message, without values.
    func command(_ statements: String) throws(PostgreSQLFailure) {
        do throws(PostgreSQLFailure) {
            _ = try answer { PQsendQuery(link, statements) }
        } catch {
            if failure == nil || error.isBroken { failure = error }
            throw error
        }
    }

    private func prepared(
        _ statement: String, _ parameters: PostgreSQLParameters
    ) throws(PostgreSQLFailure) -> String {
        let key = StatementCache.Key(statement: statement, types: parameters.types)
        switch cache.step(for: key) {
        case .use(let name): return name
        case .prepare(let name, let old):
            if let old {
                _ = try answer { PQsendQueryParams(link, "DEALLOCATE \(old)", 0, nil, nil, nil, nil, 0) }
            }
            _ = try answer { PQsendPrepare(link, name, statement, parameters.count, parameters.types) }
            cache.note(key, as: name)
            return name
        }
    }

    // MARK: Waiting

    /// Sends something, and waits for its answer.
    private func answer(to send: () -> Int32) throws(PostgreSQLFailure) -> PostgreSQLResult {
        guard send() == 1 else { throw broken() }
        let deadline = ContinuousClock.now + answerTimeout
        while true {
            let unsent = PQflush(link)
            if unsent == 0 { break }
            guard unsent == 1 else { throw broken() }
            // The server may have to be read from before it takes more.
            try wait(for: POLLIN | POLLOUT, until: deadline)
            guard PQconsumeInput(link) == 1 else { throw broken() }
        }
        var last: PostgreSQLResult?
        while true {
            while PQisBusy(link) == 1 {
                try wait(for: POLLIN, until: deadline)
                guard PQconsumeInput(link) == 1 else { throw broken() }
            }
            guard let raw = PQgetResult(link) else { break }
            let result = PostgreSQLResult(raw)
            if let failure = result.failure(isBroken: PQstatus(link) != CONNECTION_OK) {
                // Whatever else there is, so that the connection can go on.
                drain(until: deadline)
                throw failure.isBroken || PQstatus(link) == CONNECTION_OK
                    ? failure : PostgreSQLFailure(state: failure.state, failure.message, isBroken: true)
            }
            last = result
        }
        guard let last else { throw broken() }
        return last
    }

    private func drain(until deadline: ContinuousClock.Instant) {
        while PQstatus(link) == CONNECTION_OK {
            while PQisBusy(link) == 1 {
                do throws(PostgreSQLFailure) {
                    try wait(for: POLLIN, until: deadline)
                } catch {
                    return
                }
                guard PQconsumeInput(link) == 1 else { return }
            }
            guard let raw = PQgetResult(link) else { return }
            _ = PostgreSQLResult(raw)
        }
    }

    private func wait(
        for events: Int32, until deadline: ContinuousClock.Instant
    ) throws(PostgreSQLFailure) {
        while true {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else {
                throw PostgreSQLFailure(
                    "the server did not answer within \(answerTimeout.components.seconds) s", isBroken: true)
            }
            var entry = pollfd(fd: PQsocket(link), events: Int16(events), revents: 0)
            let ready = poll(&entry, 1, Int32(min(left.rounded(.up), 60_000)))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else {
                throw PostgreSQLFailure("poll: \(String(cString: strerror(errno)))", isBroken: true)
            }
        }
    }

    private func broken() -> PostgreSQLFailure { PostgreSQLFailure(lastMessage, isBroken: true) }

    private var lastMessage: String {
        let text = PQerrorMessage(link).map { String(cString: $0) } ?? ""
        let lines = text.split { $0.isNewline }.map { $0.drop { $0.isWhitespace } }
        return lines.isEmpty ? "the connection is lost" : lines.joined(separator: " ")
    }
}
