/// The settings of `weir-agent`.
package struct AgentSettings: Sendable {
    package var socket: String
    package var httpSocket: String
    package var checkSocket: String
    package var spoeSocket: String
    /// Empty: off.
    package var spoeAbstract: String
    package var logSocket: String
    package var logBuffer: Int
    package var httpListen: ListenAddress?
    package var httpTrustTCP: Bool
    package var httpAttributes: [String]
    package var trustedHops: Int
    package var headers: Headers
    package var retryJitter: RetryJitterSetting
    package var socketGroup: String
    package var socketMode: Int
    package var peers: [String]
    package var limits: String
    package var policy: String
    package var zone: String
    package var enforce: Enforce
    package var namespace: String
    package var fleet: Int
    /// The store that is shared, if there is one.
    package var store: StoreSettings
    package var collectorURL: String
    package var collectorToken: String
    /// How long a check may wait for the collector to grant something.
    package var collectorBudget: Duration
    /// Credit windows that there can be.
    package var maximumWindows: Int
    package var contracts: Contracts
    package var keyPepper: String
    package var allowPlaintext: Bool
    package var stateDirectory: String
    package var runtimeDirectory: String
    package var flush: Duration
    package var reportDeadline: Duration
    package var journalMaximum: Int
    package var retain: Duration
    package var maximumKeys: Int
    package var maximumNewKeys: Int
    package var maximumOpen: Int
    package var reserveDeadline: Duration
    package var maximumConnections: Int
    package var maximumConnectionsPerUser: Int
    package var maximumAdminConnections: Int
    package var reservedFiles: Int
    package var helloDeadline: Duration
    package var maximumFrame: Int
    package var maximumHead: Int
    package var framesPerTurn: Int
    package var maximumInFlight: Int
    package var writeBuffer: Int
    package var quiet: Duration
    package var frameDeadline: Duration
    package var writeDeadline: Duration
    package var drain: Duration
    package var adminListen: ListenAddress?
    package var logLevel: LogLevel
    /// Empty: off.
    package var admissionLog: String
    /// Every setting as it is in force.
    package var effective: [EffectiveSetting]

    /// Whether denials are meant.
    package enum Enforce: String, CaseIterable, Sendable {
        case on, shadow, off
    }

    /// Whether keys are decided on.
    package enum Contracts: String, CaseIterable, Sendable {
        case auto, on, off
    }

    /// Whether keys are decided on by what the collector sells.
    package var decidesOnKeys: Bool { contracts != .off && !collectorURL.isEmpty && !keyPepper.isEmpty }

    /// The form of the fields that tell clients of limits.
    package enum Headers: String, CaseIterable, Sendable {
        case ietf, draft7, draft6, legacy
        case legacyEpoch = "legacy-epoch"
        case both, none
    }

    /// The rule of an agent that is given none.
    package static let defaultLimits = "200/s burst 400 by ip"

    /// Reads and checks all of them.
    ///
    /// - Throws: every problem, one line each.
    package init(environment: [String: String]) throws(SettingsError) {
        let table = AgentTable(Directories(environment: environment))
        var reader = SettingsReader(environment: environment, secrets: table.secrets)
        stateDirectory = reader.read(table.stateDirectory)
        runtimeDirectory = reader.read(table.runtimeDirectory)
        let paths = AgentTable(runtime: runtimeDirectory, state: stateDirectory)
        socket = reader.read(paths.socket)
        httpSocket = reader.read(paths.httpSocket)
        checkSocket = reader.read(paths.checkSocket)
        spoeSocket = reader.read(paths.spoeSocket)
        spoeAbstract = reader.read(table.spoeAbstract)
        logSocket = reader.read(paths.logSocket)
        logBuffer = reader.read(table.logBuffer)
        httpListen = reader.read(table.httpListen)
        httpTrustTCP = reader.read(table.httpTrustTCP)
        httpAttributes = reader.read(table.httpAttributes)
        trustedHops = reader.read(table.trustedHops)
        headers = reader.read(table.headers)
        retryJitter = reader.read(table.retryJitter)
        socketGroup = reader.read(table.socketGroup)
        socketMode = reader.read(table.socketMode)
        peers = reader.read(table.peers)
        limits = reader.read(table.limits)
        policy = reader.read(table.policy)
        zone = reader.read(table.zone)
        enforce = reader.read(table.enforce)
        namespace = reader.read(table.namespace)
        fleet = reader.read(table.fleet)
        store = StoreSettings(&reader, table.store, namespace: namespace)
        collectorURL = reader.read(table.collectorURL)
        collectorToken = reader.read(table.collectorToken)
        collectorBudget = reader.read(table.collectorBudget)
        maximumWindows = reader.read(table.maximumWindows)
        contracts = reader.read(table.contracts)
        keyPepper = reader.read(table.keyPepper)
        allowPlaintext = reader.read(table.allowPlaintext)
        flush = reader.read(table.flush)
        reportDeadline = reader.read(table.reportDeadline)
        journalMaximum = reader.read(table.journalMaximum)
        retain = reader.read(table.retain)
        maximumKeys = reader.read(table.maximumKeys)
        maximumNewKeys = reader.read(table.maximumNewKeys)
        maximumOpen = reader.read(table.maximumOpen)
        reserveDeadline = reader.read(table.reserveDeadline)
        maximumConnections = reader.read(table.maximumConnections)
        maximumConnectionsPerUser = reader.read(table.maximumConnectionsPerUser)
        maximumAdminConnections = reader.read(table.maximumAdminConnections)
        reservedFiles = reader.read(table.reservedFiles)
        helloDeadline = reader.read(table.helloDeadline)
        maximumFrame = reader.read(table.maximumFrame)
        maximumHead = reader.read(table.maximumHead)
        framesPerTurn = reader.read(table.framesPerTurn)
        maximumInFlight = reader.read(table.maximumInFlight)
        writeBuffer = reader.read(table.writeBuffer)
        quiet = reader.read(table.quiet)
        frameDeadline = reader.read(table.frameDeadline)
        writeDeadline = reader.read(table.writeDeadline)
        drain = reader.read(table.drain)
        adminListen = reader.read(table.adminListen)
        logLevel = reader.read(table.logLevel)
        admissionLog = reader.read(table.admissionLog)
        if !collectorURL.isEmpty, collectorToken.isEmpty {
            reader.report(
                "WEIR_COLLECTOR_TOKEN: expected with WEIR_COLLECTOR_URL: set it, or WEIR_COLLECTOR_TOKEN_FILE")
        }
        if contracts == .on, collectorURL.isEmpty || keyPepper.isEmpty {
            reader.report(
                "WEIR_CONTRACTS=on: expected WEIR_COLLECTOR_URL and WEIR_KEY_PEPPER (or WEIR_KEY_PEPPER_FILE), found "
                    + (collectorURL.isEmpty
                        ? keyPepper.isEmpty ? "neither" : "no WEIR_COLLECTOR_URL" : "no WEIR_KEY_PEPPER"))
        }
        if !allowPlaintext, !PlaintextRule.allows(collectorURL) {
            reader.report(
                "WEIR_COLLECTOR_URL=\(collectorURL): plain HTTP leaves this machine: use https://, or set"
                    + " WEIR_ALLOW_PLAINTEXT=on")
        }
        if !spoeAbstract.isEmpty, peers.isEmpty {
            reader.report(
                "WEIR_SPOE_ABSTRACT=\(spoeAbstract): an abstract socket has no rights, every user could connect: set WEIR_PEERS"
                    + " to those who may, such as haproxy")
        }
        effective = reader.effective
        guard reader.problems.isEmpty else { throw SettingsError(reader.problems) }
    }

    /// A row for each setting.
    package static var declarations: [SettingDescription] {
        AgentTable(runtime: "(runtime directory)", state: "(state directory)").declarations
    }
}
