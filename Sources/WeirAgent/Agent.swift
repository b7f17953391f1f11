import AsyncHTTPClient
import CLinux
import Glibc
package import Logging
import Metrics
import ServiceLifecycle
import UnixSignals
import WeirCalendar
import WeirCore
import WeirJournal
import WeirRedis
package import WeirSettings

/// Puts the agent together, and runs it until it is told to stop.
///
/// Start: locks, hot table, limiter, sockets, reactor; then what is not needed for a decision. Stop, in the reverse
/// order of the services: the reactor drains, the scribe seals, the flusher tries once more.
package struct Agent: Sendable {
    let settings: AgentSettings
    let logger: Logger

    package init(_ settings: AgentSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Parameter announce: is given the banner when the agent is up.
    /// - Throws: `PolicyErrors` for a policy that is wrong, `StartError` for what the machine lacks.
    package func run(announce: @escaping @Sendable (String) -> Void) async throws {
        // However it ends, the client has to be told.
        let http = makeHTTPClient()
        do {
            try await run(http, announce: announce)
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    private func run(_ http: HTTPClient, announce: @escaping @Sendable (String) -> Void) async throws {
        // One that comes while the agent starts, or as soon as it has said that it serves, must neither end it nor be missed.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let almanac = ZoneAlmanac(zone: settings.zone)
        let loader = PolicyLoader(
            limits: settings.limits, path: settings.policy, fallback: AgentSettings.defaultLimits, almanac: almanac)
        let policyIdentity = loader.identity()
        let policy = try loader.load()
        for warning in policy.warnings { logger.warning("\(warning)") }
        ignoreSignals()
        let passed = try PassedSocket.all(settings)
        let connections = try connectionsThatFit()

        let namespace = Hash128(deriving: "weir\n\(settings.namespace)")
        let ground = try AgentGround(settings, namespace: namespace)
        if !ground.isHotInMemory {
            logger.warning(
                "\(settings.runtimeDirectory) is not in memory (tmpfs): durability=disk, and stalls of the disk may show"
            )
        }
        if !settings.admissionLog.isEmpty {
            logger.warning("every spending is noted in \(settings.admissionLog), until it is full: for weir prove only")
        }
        var isServing = false
        defer { if !isServing { ground.abandon() } }
        let shared =
            settings.store.isShared
            ? try SharedStore(settings.store, namespace: settings.namespace, logger: logger) : nil
        let gate = try makeGate(policy, almanac, ground, namespace)
        let installer = PolicyInstaller(policy, gate: gate, namespace: namespace, almanac: almanac)
        let contractStatus = settings.decidesOnKeys ? ContractStatus() : nil
        let access = CollectorAccess(
            client: http, url: settings.collectorURL, shared: settings.collectorToken, namespace: settings.namespace,
            agent: DeliveryBook(in: ground.journalPath).agent, path: ground.journalPath, logger: logger)
        let follower = try makeFollower(http, access, installer, contractStatus)
        await follower?.begin()
        let exchange = shared.map {
            Exchange(
                gate: gate, shared: $0, incarnation: ground.incarnation,
                testament: Testament(ground.leasePredecessors) { ground.forget($0) }, logger: logger)
        }
        let journalStatus = JournalStatus()
        let flushStatus = FlushStatus()
        let policyStatus = PolicyStatus(policy)
        let doors = DoorMetrics()

        var callStore: (@Sendable () -> Void)?
        if let exchange { callStore = { exchange.wake() } }
        let signal = WindowSignal()
        var callCollector: (@Sendable () -> Void)?
        if settings.decidesOnKeys { callCollector = { signal.wake() } }
        let reactor = try makeReactor(
            gate, ground, doors, passed, connections: connections, callStore: callStore,
            callCollector: callCollector)
        let windowStatus = settings.decidesOnKeys ? WindowStatus() : nil
        let windows = makeWindows(http, access, gate, ground, signal, windowStatus) { reactor.storeAnswered() }
        if let exchange {
            exchange.start { reactor.storeAnswered() }
            await exchange.waitForStore()
        }
        let reactorService = try ReactorService(
            starting: reactor, drainMicroseconds: settings.drain.microseconds)
        let logService = try makeLogService(gate, doors)
        isServing = true
        let scribe = try Scribe(
            makeJournal: ground.journalMaker(settings, usage: gate),
            intervalMilliseconds: Int(settings.flush.microseconds / 1_000), status: journalStatus, logger: logger)

        let keeper = try Keeper(gate: gate, almanac: almanac)

        let sources = AgentSources(
            settings: settings, incarnation: ground.incarnation, gate: gate, policy: policyStatus, doors: doors,
            journal: journalStatus, flush: flushStatus, contracts: contractStatus, installer: installer,
            windows: windowStatus,
            store: shared,
            startedAt: AgentClock.monotonicMicroseconds,
            isHotInMemory: ground.isHotInMemory)
        let admin = await makeAdmin(sources)
        let banner = Banner(
            settings: PassedSocket.shown(settings, passed), policy: policy, adminPort: admin?.port,
            store: shared.map { $0.url.description }, contracts: contractStatus?.current
        ).text
        logJournalRoom()

        var services: [any Service] = []
        if let flusher = makeFlusher(http, access, gate, ground, flushStatus, journalStatus, windows) {
            services.append(flusher)
        }
        services.append(scribe)
        services.append(keeper)
        let manager = ServiceManager(environment: ProcessEnvironment.all)
        services.append(
            PolicyWatcher(
                loader: loader, inForce: policyIdentity, hangups: hangups, installer: installer, status: policyStatus,
                manager: manager, logger: logger))
        if let follower { services.append(follower) }
        if let windows {
            services.append(windows)
            services.append(
                RecallFollower(
                    client: http, url: settings.collectorURL, access: access,
                    incarnation: ground.incarnation, gate: gate, windows: windows))
        }
        services.append(TroubleWatch(doors: doors, quiet: settings.quiet, logger: logger))
        if let admin { services.append(admin) }
        if let exchange { services.append(ExchangeService(exchange: exchange, ground: ground)) }
        // Behind the reactor at the end: the lines of the last requests come after their checks.
        if let logService { services.append(logService) }
        services.append(reactorService)
        if let heartbeat = Heartbeat(manager, reactor: reactor) { services.append(heartbeat) }
        services.append(Announcement(manager: manager) { announce(banner) })
        try await ServiceGroup(
            configuration: .init(
                services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger)
        ).run()
        try await http.shutdown()
        ground.release()
    }

    /// Everything that is wrong with the policy and the zone that these variables give, one line each.
    package static func policyProblems(_ environment: [String: String]) -> [String] {
        let zone = environment["WEIR_ZONE"].flatMap { $0.isEmpty ? nil : $0 } ?? "UTC"
        var problems: [String] = []
        if !ZoneAlmanac().knows(zone: zone) {
            let meant = ZoneAlmanac().nearestZone(to: zone).map { ": did you mean \($0)?" } ?? ""
            problems.append("WEIR_ZONE=\(zone): expected a time zone such as UTC or Europe/Berlin\(meant)")
        }
        let loader = PolicyLoader(
            limits: environment["WEIR_LIMITS"] ?? "", path: environment["WEIR_POLICY"] ?? "",
            fallback: AgentSettings.defaultLimits, almanac: ZoneAlmanac())
        do throws(PolicyErrors) {
            _ = try loader.load()
        } catch {
            problems += error.errors.map(\.description)
        }
        if let url = environment["WEIR_REDIS_URL"], !url.isEmpty {
            do throws(SettingsError) { _ = try SharedStore.url(url) } catch { problems += error.problems }
        }
        return problems
    }

    private func makeGate(
        _ policy: Policy, _ almanac: ZoneAlmanac, _ ground: AgentGround, _ namespace: Hash128
    ) throws -> LimiterGate {
        let enforcement = Enforcement(rawValue: settings.enforce.rawValue) ?? .on
        do {
            var shared = SharedAuthority(
                maximumLeases: settings.store.isShared ? settings.store.maximumLeases : 0,
                secret: AgentGround.random().low, fleet: Int64(settings.fleet), over: ground.leaseFile?.region,
                now: AgentClock.monotonicMicroseconds)
            for predecessor in ground.leasePredecessors { shared.inherit(predecessor.fences) }
            var limiter = try Limiter(
                policy: policy, almanac: almanac, maximumKeys: settings.maximumKeys, namespace: namespace,
                ticketSecret: AgentGround.random(),
                ticketWindow: TicketBook.window(
                    reportSeconds: Int(settings.reportDeadline.components.seconds)), enforcement: enforcement,
                usage: UsageTable(
                    over: ground.hotFile.region, maximumKeys: settings.maximumKeys, secret: AgentGround.random().low),
                counters: ground.counterFile.region,
                openChecks: (settings.maximumOpen, settings.maximumConnections),
                reserveMicroseconds: settings.reserveDeadline.microseconds,
                shared: shared,
                now: AgentClock.now())
            if settings.decidesOnKeys {
                limiter.open(
                    ContractDesk(
                        hasher: KeyPepper.hasher(settings.keyPepper), namespace: namespace,
                        secret: AgentGround.random(), knownKeys: settings.maximumKeys,
                        windows: settings.maximumWindows))
            }
            report(try ground.restoreCounters(to: &limiter, now: AgentClock.now()))
            try ground.attachAdmissions(to: &limiter)
            return LimiterGate(limiter)
        } catch let refusal as PolicyRefusal {
            throw SettingsError(["\(refusal)"])
        }
    }

    private func report(_ restored: (found: Int, forgotten: Int, damaged: Int)) {
        if restored.found > 0 { logger.info("counters of an earlier run go on: \(restored.found)") }
        if restored.forgotten > 0 {
            logger.warning("\(restored.forgotten) counters of an earlier run had no room: raise WEIR_MAX_KEYS")
        }
        if restored.damaged > 0 {
            logger.warning("\(restored.damaged) counters of an earlier run were not what was written, and begin anew")
        }
    }

    /// The admin endpoint; a port that is taken is a warning, not an end.
    private func makeAdmin(_ sources: AgentSources) async -> AdminServer? {
        guard let address = settings.adminListen else { return nil }
        let registry = PrometheusRegistry(help: AgentMetrics.help)
        MetricsSystem.bootstrap(registry)
        let pages = AdminPages(sources: sources, metrics: AgentMetrics(sources), registry: registry)
        do {
            return try await AdminServer(
                address, pages, room: AdminRoom(maximum: settings.maximumAdminConnections, doors: sources.doors))
        } catch {
            logger.warning("WEIR_ADMIN_LISTEN=\(address): no health, metrics and status: \(error)")
            return nil
        }
    }

    /// Redirects are not followed: a token goes to the collector that was named, and nowhere else. Trying again is the
    /// flusher's.
    private func makeHTTPClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    private func makeFlusher(
        _ http: HTTPClient, _ access: CollectorAccess, _ gate: LimiterGate, _ ground: AgentGround,
        _ status: FlushStatus, _ journal: JournalStatus, _ windows: WindowService?
    ) -> Flusher? {
        guard !settings.collectorURL.isEmpty else { return nil }
        let runs = FinishedRuns(in: ground.journalPath)
        return Flusher(
            client: CollectorClient(client: http, url: settings.collectorURL, access: access),
            usage: gate, segments: FinalSegments(path: ground.journalPath), runs: runs, incarnation: ground.incarnation,
            interval: settings.flush, retain: settings.retain, maximumBytes: settings.journalMaximum, status: status,
            journal: journal, logger: logger
        ) { over in if let windows { windows.finish(over) } else { runs.forget(over) } }
    }

    /// Who brings what the collector sells; nil where keys are not decided on.
    private func makeFollower(
        _ http: HTTPClient, _ access: CollectorAccess, _ installer: PolicyInstaller, _ status: ContractStatus?
    ) throws(StartError) -> ContractFollower? {
        guard let status else {
            if !settings.collectorURL.isEmpty, settings.contracts == .auto {
                logger.info("API keys are not decided on: no WEIR_KEY_PEPPER")
            }
            return nil
        }
        do throws(SystemError) {
            return try ContractFollower(
                feed: PolicyFeed(client: http, url: settings.collectorURL, access: access),
                directory: settings.stateDirectory + "/policy", installer: installer, status: status, logger: logger)
        } catch {
            throw StartError("\(error): set WEIR_STATE_DIR to a directory that can be written")
        }
    }

    /// The way of credit windows to the collector, where the agent decides on keys.
    private func makeWindows(
        _ http: HTTPClient, _ access: CollectorAccess, _ gate: LimiterGate, _ ground: AgentGround,
        _ signal: WindowSignal, _ status: WindowStatus?,
        answered: @escaping @Sendable () -> Void
    ) -> WindowService? {
        guard let status else { return nil }
        return WindowService(
            client: WindowClient(client: http, url: settings.collectorURL, access: access), gate: gate,
            incarnation: ground.incarnation, runs: FinishedRuns(in: ground.journalPath), signal: signal, status: status,
            logger: logger, answered: answered)
    }

    private func logJournalRoom() {
        // Totals of 48 bytes, and names of about as much again for each second one.
        let cells = settings.journalMaximum / 80
        logger.info("the journal holds about \(cells) totals that the collector has not taken (WEIR_JOURNAL_MAX)")
    }
}

extension Duration {
    /// Whole microseconds.
    var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
