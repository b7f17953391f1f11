import Dispatch

/// A connection and the queue that uses it: libpq blocks, and so never does so on threads that others wait for.
///
/// `@unchecked`: everything that changes is touched on the queue alone.
final class PostgreSQLLane: @unchecked Sendable {
    private let options: PostgreSQLOptions
    let queue: DispatchQueue
    private var connection: PostgreSQLConnection?

    init(_ options: PostgreSQLOptions, number: Int) {
        self.options = options
        queue = DispatchQueue(label: "weir.postgresql.\(number)")
    }

    /// Does something over a connection that is opened when there is none; to be called on the queue.
    ///
    /// - Parameter timeout: of each answer; nil for the usual one.
    func perform<Result>(
        _ timeout: Duration?, _ work: (PostgreSQLConnection) -> PostgreSQLAttempt<Result>
    ) -> PostgreSQLAttempt<Result> {
        do throws(PostgreSQLFailure) {
            let connection = try opened()
            connection.answerTimeout = timeout ?? options.statementTimeout + PostgreSQLConnection.grace
            connection.forgetFailure()
            let attempt = work(connection)
            // What is not known to be over ends with its connection.
            if connection.isSpent || !connection.isAlive || connection.isInTransaction
                || connection.failure?.remedy == .reconnect
            {
                self.connection = nil
            }
            return attempt
        } catch {
            connection = nil
            return .failed(error, commitIsUnknown: false)
        }
    }

    private func opened() throws(PostgreSQLFailure) -> PostgreSQLConnection {
        if let connection, connection.isAlive { return connection }
        connection = nil
        let opened = try PostgreSQLConnection(options)
        connection = opened
        return opened
    }
}
