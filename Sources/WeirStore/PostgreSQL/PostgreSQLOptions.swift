/// How PostgreSQL is used.
package struct PostgreSQLOptions: Equatable, Sendable {
    package var address: PostgreSQLAddress
    /// Connections at once, each opened when it is needed first.
    package var connections = 8
    /// How long connecting to one of the hosts may take; whole seconds, at least 2.
    package var connectTimeout = Duration.seconds(5)
    /// How long one statement may run.
    package var statementTimeout = Duration.seconds(30)
    /// How long a transaction may wait for a connection.
    package var poolTimeout = Duration.seconds(5)
    /// How long a transaction is repeated that others were in the way of, or a restart.
    package var retryBudget = Duration.seconds(15)

    package init(address: PostgreSQLAddress) { self.address = address }
}
