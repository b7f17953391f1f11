import CLinux
import Glibc
import Logging
import WeirJournal
import WeirSettings

/// What clients meet: the process as they find it, the sockets, and the reactor behind them.
extension Agent {
    /// A client that is gone must not end the agent; nor must a file that may not grow: the write fails, and the journal says
    /// so.
    func ignoreSignals() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// How many connections there can be, beside the files that the agent needs for itself.
    ///
    /// - Throws: when hardly any are left.
    func connectionsThatFit() throws(StartError) -> Int {
        let room = FileRoom(
            limit: FileRoom.raisedLimit(), reserved: settings.reservedFiles,
            adminConnections: settings.maximumAdminConnections, processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let wanted = settings.maximumConnections
        guard room.connections >= min(wanted, FileRoom.fewestConnections) else {
            throw StartError(
                "the system allows \(room.limit) open files, of which the agent needs \(room.kept) for itself: raise LimitNOFILE or ulimit -n"
            )
        }
        if room.connections < wanted {
            logger.warning(
                "the system allows \(room.limit) open files: WEIR_MAX_CONNECTIONS=\(wanted) is taken as \(room.connections); raise LimitNOFILE or ulimit -n"
            )
        }
        return min(room.connections, wanted)
    }

    func makeReactor(
        _ gate: LimiterGate, _ ground: AgentGround, _ doors: DoorMetrics, _ passed: [PassedSocket], connections: Int,
        callStore: (@Sendable () -> Void)?, callCollector: (@Sendable () -> Void)?
    ) throws -> Reactor {
        let native = NativeDoor(
            incarnation: ground.incarnation, agent: AgentVersion.name, maximumFrameBytes: settings.maximumFrame,
            framesPerTurn: settings.framesPerTurn, maximumInFlight: settings.maximumInFlight)
        let reactor = try Reactor(
            gate: gate, native: native, limits: limits(connections), peers: try PeerList(settings.peers),
            metrics: doors, callStore: callStore, callCollector: callCollector)
        for socket in passed { reactor.listen(Listener(passed: socket, speech(socket.role))) }
        let roles = Set(passed.map(\.role))
        let mode = UInt32(settings.socketMode)
        let group = settings.socketGroup.isEmpty ? nil : try PeerList.group(settings.socketGroup)
        for (role, path) in [
            (SocketRole.native, settings.socket), (.http, settings.httpSocket), (.check, settings.checkSocket),
            (.spoe, settings.spoeSocket),
        ] where !path.isEmpty && !roles.contains(role) {
            reactor.listen(Listener(try SocketFile(path: path, mode: mode, group: group), speech(role)))
        }
        if let address = settings.httpListen, !roles.contains(.tcp) {
            let number = linux_listen_tcp(address.host, address.port, SocketFile.backlog)
            guard number >= 0 else { throw StartError("WEIR_HTTP_LISTEN=\(address): cannot listen: \(reason())") }
            reactor.listen(Listener(tcp: Descriptor(owning: number), speech(.tcp)))
        }
        if !settings.spoeAbstract.isEmpty {
            reactor.listen(Listener(abstract: try abstractSocket(settings.spoeAbstract), speech(.spoe)))
        }
        return reactor
    }

    /// A socket with an abstract name, which has no rights: `WEIR_PEERS` says who may connect.
    private func abstractSocket(_ name: String) throws(StartError) -> Descriptor {
        let number = linux_unix_socket()
        guard number >= 0 else { throw StartError("cannot make a socket for WEIR_SPOE_ABSTRACT: \(reason())") }
        let descriptor = Descriptor(owning: number)
        guard linux_bind_abstract(number, name) == 0, listen(number, SocketFile.backlog) == 0 else {
            throw StartError("WEIR_SPOE_ABSTRACT=\(name): cannot listen: \(reason())")
        }
        return descriptor
    }

    /// Whoever takes lines of access logs, if somebody shall.
    func makeLogService(_ gate: LimiterGate, _ doors: DoorMetrics) throws -> LogService? {
        guard !settings.logSocket.isEmpty else { return nil }
        if let length = LogService.queueLength, length < LogService.goodQueueLength {
            logger.info(
                "net.unix.max_dgram_qlen is \(length): a burst of more lines of access logs than that may be lost before the agent sees it; \(LogService.goodQueueLength) or more is better"
            )
        }
        let group = settings.socketGroup.isEmpty ? nil : try PeerList.group(settings.socketGroup)
        return try LogService(
            socket: SocketFile(
                path: settings.logSocket, mode: UInt32(settings.socketMode), group: group, takesDatagrams: true),
            room: settings.logBuffer, peers: try PeerList(settings.peers), newKeysPerSecond: settings.maximumNewKeys,
            gate: gate, metrics: doors)
    }

    private func limits(_ connections: Int) -> ReactorLimits {
        ReactorLimits(
            connections: connections, connectionsPerUser: settings.maximumConnectionsPerUser,
            helloDeadline: settings.helloDeadline.microseconds, inFlight: settings.maximumInFlight,
            writeBufferBytes: settings.writeBuffer, framesPerTurn: settings.framesPerTurn,
            frameDeadline: settings.frameDeadline.microseconds, writeDeadline: settings.writeDeadline.microseconds,
            newKeysPerSecond: settings.maximumNewKeys, storeBudget: settings.store.budget.microseconds,
            waitingChecks: settings.store.maximumWaiting, creditBudget: settings.collectorBudget.microseconds)
    }

    /// What is spoken on a socket. `/check` is for whoever may use the socket; over TCP only where that is said.
    private func speech(_ role: SocketRole) -> Listener.Speech {
        func http(proxies: Bool, checks: Bool) -> Listener.Speech {
            .http(
                HTTPPolicy(
                    attributes: settings.httpAttributes, trustedHops: settings.trustedHops, servesProxies: proxies,
                    servesChecks: checks, maximumHeadBytes: settings.maximumHead, style: ResponseStyle(settings)))
        }
        switch role {
        case .native: return .native
        case .spoe: return .spoe(ResponseStyle(settings))
        case .http: return http(proxies: true, checks: settings.checkSocket.isEmpty)
        case .check: return http(proxies: false, checks: true)
        case .tcp: return http(proxies: true, checks: settings.httpTrustTCP)
        }
    }
}
