/// How an agent reaches the store that it shares with others; without an address it counts alone.
package struct StoreSettings: Sendable {
    /// As it was given, with whatever secrets it has; empty: nothing is shared.
    package var url: String
    package var user: String
    package var password: String
    package var sentinelUser: String
    package var sentinelPassword: String
    package var authority: String
    package var certificate: String
    package var key: String
    package var serverName: String
    package var connectTimeout: Duration
    package var commandTimeout: Duration
    /// Nil: by whether there are replicas.
    package var deposed: Duration?
    package var coldStart: ColdStart
    package var budget: Duration
    package var maximumLeases: Int
    package var maximumWaiting: Int

    /// What is thought of a store that nobody knows.
    package enum ColdStart: String, CaseIterable, Sendable {
        case freeze, trust
    }

    package var isShared: Bool { !url.isEmpty }

    /// Reads them; what is wrong is the reader's to tell.
    init(_ reader: inout SettingsReader, _ table: StoreTable, namespace: String) {
        url = reader.read(table.url)
        user = reader.read(table.user)
        password = reader.read(table.password)
        sentinelUser = reader.read(table.sentinelUser)
        sentinelPassword = reader.read(table.sentinelPassword)
        authority = reader.read(table.authority)
        certificate = reader.read(table.certificate)
        key = reader.read(table.key)
        serverName = reader.read(table.serverName)
        connectTimeout = reader.read(table.connectTimeout)
        commandTimeout = reader.read(table.commandTimeout)
        deposed = reader.read(table.deposed)
        coldStart = reader.read(table.coldStart)
        budget = reader.read(table.budget)
        maximumLeases = reader.read(table.maximumLeases)
        maximumWaiting = reader.read(table.maximumWaiting)
        if certificate.isEmpty != key.isEmpty {
            let (missing, given) =
                certificate.isEmpty
                ? (table.certificate.name, table.key.name) : (table.key.name, table.certificate.name)
            reader.report("\(missing): expected with \(given): set both or none")
        }
        if !user.isEmpty, password.isEmpty {
            reader.report(
                "\(table.password.name): expected with \(table.user.name): set it, or \(table.password.fileName)")
        }
        if isShared, namespace.contains(where: { "{} \t".contains($0) }) {
            reader.report(
                "WEIR_NAMESPACE=\(namespace): expected no braces or spaces with WEIR_REDIS_URL, as it is part of every key"
            )
        }
    }
}
