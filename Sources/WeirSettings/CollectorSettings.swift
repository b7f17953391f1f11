/// The settings of `weir-collector`.
package struct CollectorSettings: Sendable {
    package var listen: ListenAddress
    /// `sqlite:PATH` or `postgres://…`.
    package var database: String
    /// Empty: the URL's.
    package var databasePassword: String
    package var databasePool: Int
    package var databaseWait: Duration
    package var databaseConnectTimeout: Duration
    package var databaseTimeout: Duration
    package var databaseRetry: Duration
    /// Tokens that agents may send usage with; empty: one is made.
    package var collectorTokens: [String]
    /// The token of people and programs that read; empty: one is made.
    package var adminToken: String
    /// What API keys are hashed under; empty: one is made.
    package var keyPepper: String
    package var stateDirectory: String
    package var allowPlaintext: Bool
    package var maximumBody: Int
    /// How long behind a contract's end its invoice waits for agents.
    package var invoiceGrace: Duration
    package var signUps: SignUpRule
    package var logLevel: LogLevel
    /// Every setting as it is in force.
    package var effective: [EffectiveSetting]

    /// Reads and checks all of them.
    ///
    /// - Throws: every problem, one line each.
    package init(environment: [String: String]) throws(SettingsError) {
        let first = CollectorTable(state: Directories(environment: environment).state)
        var reader = SettingsReader(environment: environment, secrets: first.secrets)
        stateDirectory = reader.read(first.stateDirectory)
        let table = CollectorTable(state: stateDirectory)
        let address = reader.read(table.listen)
        database = reader.read(table.database)
        databasePassword = reader.read(table.databasePassword)
        databasePool = reader.read(table.databasePool)
        databaseWait = reader.read(table.databaseWait)
        databaseConnectTimeout = reader.read(table.databaseConnectTimeout)
        databaseTimeout = reader.read(table.databaseTimeout)
        databaseRetry = reader.read(table.databaseRetry)
        collectorTokens = reader.read(table.collectorTokens)
        adminToken = reader.read(table.adminToken)
        keyPepper = reader.read(table.keyPepper)
        allowPlaintext = reader.read(table.allowPlaintext)
        maximumBody = reader.read(table.maximumBody)
        invoiceGrace = reader.read(table.invoiceGrace)
        signUps = reader.read(table.signUps)
        logLevel = reader.read(table.logLevel)
        effective = reader.effective
        listen = address ?? ListenAddress(host: "127.0.0.1", port: 0)
        if address == nil { reader.report("WEIR_LISTEN=off: expected an address: the collector does nothing else") }
        if let address, !address.isLoopback, !allowPlaintext {
            reader.report(
                "WEIR_LISTEN=\(address): plain HTTP leaves this machine: listen on 127.0.0.1 behind a TLS proxy, or set"
                    + " WEIR_ALLOW_PLAINTEXT=on")
        }
        for token in collectorTokens + [adminToken] where !token.isEmpty && token.utf8.count < 16 {
            let name = token == adminToken ? "WEIR_ADMIN_TOKEN" : "WEIR_COLLECTOR_TOKEN"
            reader.report("\(name): expected at least 16 characters: openssl rand -hex 32 makes good ones")
        }
        guard reader.problems.isEmpty else { throw SettingsError(reader.problems) }
    }

    /// A row for each setting.
    package static var declarations: [SettingDescription] { CollectorTable(state: "(state directory)").declarations }
}
