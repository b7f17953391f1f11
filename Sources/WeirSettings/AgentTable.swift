/// The one table of `weir-agent`'s variables.
struct AgentTable {
    let socket: Setting<String>
    let httpSocket: Setting<String>
    let checkSocket: Setting<String>
    let spoeSocket: Setting<String>
    let logSocket: Setting<String>
    let stateDirectory: Setting<String>
    let runtimeDirectory: Setting<String>

    init(_ directories: Directories) { self.init(runtime: directories.runtime, state: directories.state) }

    init(runtime: String, state: String) {
        socket = Setting(
            "WEIR_SOCKET", "The native protocol's Unix socket", .pathOrOff, default: "\(runtime)/agent.sock",
            shown: "\(runtime)/agent.sock")
        httpSocket = Setting(
            "WEIR_HTTP_SOCKET", "The HTTP door's Unix socket", .pathOrOff, default: "\(runtime)/http.sock",
            shown: "\(runtime)/http.sock")
        checkSocket = Setting(
            "WEIR_CHECK_SOCKET",
            "A Unix socket of its own for /check, /report and /release; then the HTTP door does not serve them",
            .pathOrOff,
            default: "", shown: "off")
        spoeSocket = Setting(
            "WEIR_SPOE_SOCKET", "HAProxy's Unix socket", .pathOrOff, default: "\(runtime)/spoe.sock",
            shown: "\(runtime)/spoe.sock")
        logSocket = Setting(
            "WEIR_LOG_SOCKET", "The Unix socket that takes lines of access logs, a datagram each", .pathOrOff,
            default: "\(runtime)/log.sock", shown: "\(runtime)/log.sock")
        stateDirectory = Setting(
            "WEIR_STATE_DIR", "Where the journal is kept", .path, default: state, shown: state)
        runtimeDirectory = Setting(
            "WEIR_RUNTIME_DIR", "Where sockets, the hot table and counters live; best in memory (tmpfs)", .path,
            default: runtime,
            shown: runtime)
    }

    let spoeAbstract = Setting(
        "WEIR_SPOE_ABSTRACT",
        "An abstract name that HAProxy reaches from its chroot as abns@NAME; WEIR_PEERS says who may connect",
        .abstractNameOrOff, default: "", shown: "off")
    let httpListen = Setting(
        "WEIR_HTTP_LISTEN", "A TCP address of the HTTP door, for servers that cannot use a Unix socket", .listen, "off")
    let httpTrustTCP = Setting(
        "WEIR_HTTP_TRUST_TCP", "Whether the TCP listener serves /check, /report and /release", .flag, "off")
    let httpAttributes = Setting(
        "WEIR_HTTP_ATTRS", "Attributes that proxies may give as Weir-Attr-NAME; the proxy must set or clear each one",
        .list(of: "names of attributes that no header gives otherwise") { name in
            !["api_key", "ip", "method", "path", "host"].contains(name) && !name.isEmpty && name.utf8.count <= 63
                && name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || "._-".contains($0)) }
        }, "")
    let trustedHops = Setting(
        "WEIR_TRUSTED_HOPS", "Which entry of X-Forwarded-For is the client, from the right", .integer(1...32), "1")
    let headers = Setting(
        "WEIR_HEADERS",
        "Header fields that tell clients of limits: the IETF's draft, its drafts 7 and 6, X-RateLimit-… in seconds from now or"
            + " since 1970, ietf and legacy, or none",
        SettingKind<AgentSettings.Headers>.choice(), "ietf")
    let retryJitter = Setting(
        "WEIR_RETRY_JITTER",
        "At most so much is added to each Retry-After, so that those who were denied together do not come back together",
        .retryJitter, "off")
    let logBuffer = Setting(
        "WEIR_LOG_BUFFER", "Bytes of lines that may wait to be counted; beyond, they are dropped and counted as that",
        .size(128 << 10...1 << 30), "4MiB")
    let socketGroup = Setting("WEIR_SOCKET_GROUP", "The group of the socket files; empty: the agent's own", .text, "")
    let socketMode = Setting("WEIR_SOCKET_MODE", "The rights of the socket files", .mode, "0660")
    let peers = Setting(
        "WEIR_PEERS", "Users (name or number) and @groups that may connect; empty: whom the socket's rights allow",
        .list(of: "users and @groups"), "")
    let limits = Setting(
        "WEIR_LIMITS", "Rules, with ; between statements; the default stands when WEIR_POLICY is not set either", .text,
        default: "", shown: AgentSettings.defaultLimits)
    let policy = Setting("WEIR_POLICY", "A file of rules, followed when it changes", .pathOrOff, default: "", shown: "")
    let zone = Setting("WEIR_ZONE", "The time zone of windows that name none", .text, "UTC")
    let enforce = Setting(
        "WEIR_ENFORCE", "on; shadow: count and answer, but let every request pass; off: do not look at limits",
        SettingKind<AgentSettings.Enforce>.choice(), "on")
    let namespace = Setting(
        "WEIR_NAMESPACE", "The name of the fleet: agents that count together have the same", .text, "weir")
    let fleet = Setting(
        "WEIR_FLEET", "How many agents there are at least, for shares in an outage", .integer(1...100_000), "1")
    let store = StoreTable()
    let collectorURL = Setting(
        "WEIR_COLLECTOR_URL", "The collector that usage is sent to; empty: it stays in the journal",
        .url("http", "https"), "")
    let collectorToken = Setting(
        "WEIR_COLLECTOR_TOKEN", "The token that the collector asks of agents", .text, default: "", shown: "",
        isSecret: true)
    let collectorBudget = Setting(
        "WEIR_COLLECTOR_BUDGET",
        "How long a check may wait for the collector to grant something that was bought; then it is denied (overload)",
        .duration(.milliseconds(1)...(.seconds(5))), "250ms")
    let maximumWindows = Setting(
        "WEIR_MAX_WINDOWS", "Purchases and balances that this agent draws on at once; about 300 bytes each",
        .integer(16...10_000_000), "65536")
    let contracts = Setting(
        "WEIR_CONTRACTS",
        "Whether API keys are decided on by what the collector sells; auto: where WEIR_COLLECTOR_URL and WEIR_KEY_PEPPER are set",
        SettingKind<AgentSettings.Contracts>.choice(), "auto")
    let keyPepper = Setting(
        "WEIR_KEY_PEPPER",
        "The secret under which API keys are stored, the same for all agents and collectors; 32 bytes or more",
        SettingKind("32 to 1024 bytes") { (32...1_024).contains($0.utf8.count) || $0.isEmpty ? $0 : nil },
        default: "", shown: "", isSecret: true)
    let allowPlaintext = Setting(
        "WEIR_ALLOW_PLAINTEXT", "Whether plain HTTP may leave this machine", .flag, "off")
    let flush = Setting(
        "WEIR_FLUSH", "How often usage is sealed and sent", .duration(.milliseconds(100)...(.seconds(60))), "1s")
    let reportDeadline = Setting(
        "WEIR_REPORT_DEADLINE", "How long after its hour's end a call may be reported on",
        .duration(.seconds(1)...(.seconds(3_600))), "10min")
    let journalMaximum = Setting(
        "WEIR_JOURNAL_MAX", "Final usage that may wait for the collector; beyond, new keys are counted together",
        .size(1 << 20...1 << 40), "64MiB")
    let retain = Setting(
        "WEIR_RETAIN", "How long final usage is kept that the collector has, in case that it is restored from a backup",
        .duration(.seconds(0)...(.seconds(30 * 86_400))), "24h")
    let maximumKeys = Setting(
        "WEIR_MAX_KEYS", "Limit keys that are counted apart, and keys of usage in an hour; about 930 bytes each",
        .integer(1_000...100_000_000), "20000")
    let maximumNewKeys = Setting(
        "WEIR_MAX_NEW_KEYS",
        "Limit keys that one user may add in a second; beyond, new ones share their limit's overflow entry",
        .integer(1...100_000_000), "10000")
    let maximumOpen = Setting(
        "WEIR_MAX_OPEN",
        "Requests that may hold slots or reservations at once (one more is denied: overload), and as many that rules wait for the reports of (the oldest makes room); about 500 bytes each",
        .integer(1...10_000_000), "4096")
    let reserveDeadline = Setting(
        "WEIR_RESERVE_DEADLINE",
        "How long a reservation, or a rule that counts bytes or answers, waits for the report; then what was reserved stays charged, or goes back where a plan says unreported skip",
        .duration(.seconds(1)...(.seconds(86_400))), "10min")
    let maximumConnections = Setting(
        "WEIR_MAX_CONNECTIONS", "Connections of all doors together", .integer(1...1_000_000), "1024")
    let maximumConnectionsPerUser = Setting(
        "WEIR_MAX_CONNECTIONS_PER_USER", "Connections of one user on the Unix sockets; all of TCP count as one",
        .integer(1...1_000_000), "768")
    let maximumAdminConnections = Setting(
        "WEIR_MAX_ADMIN_CONNECTIONS", "Connections of the admin endpoint", .integer(1...10_000), "32")
    let reservedFiles = Setting(
        "WEIR_RESERVED_FILES", "Open files that connections leave for the journal and the collector's connections",
        .integer(16...100_000), "32")
    let helloDeadline = Setting(
        "WEIR_HELLO_DEADLINE",
        "How long a new connection may send nothing: one byte keeps it, and where connections run out 1 s is enough",
        .duration(.milliseconds(50)...(.seconds(3_600))), "30s")
    let maximumFrame = Setting(
        "WEIR_MAX_FRAME", "Bytes of the largest frame", .size(512...WireSizes.maximumFrameBytes), "16KiB")
    let maximumHead = Setting(
        "WEIR_MAX_HEAD", "Bytes of the largest head of an HTTP request", .size(1_024...WireSizes.maximumHeadBytes),
        "65535")
    let framesPerTurn = Setting(
        "WEIR_FRAMES_PER_TURN", "Requests of a connection that are decided before the next one's turn",
        .integer(1...1_024), "64")
    let maximumInFlight = Setting(
        "WEIR_MAX_IN_FLIGHT", "Requests of a connection that may wait in the agent; beyond, it is not read from",
        .integer(16...4_096), "1024")
    let writeBuffer = Setting(
        "WEIR_WRITE_BUFFER", "Bytes of answers that may wait for a client to read; beyond, none is made for it",
        .size(16_384...1 << 20), "64KiB")
    let quiet = Setting(
        "WEIR_LOG_QUIET", "How long clients must have kept within a cap until it is logged that they do",
        .duration(.seconds(1)...(.seconds(3_600))), "10s")
    let frameDeadline = Setting(
        "WEIR_FRAME_DEADLINE", "How long a frame or request may take from its first byte to its last",
        .duration(.milliseconds(10)...(.seconds(60))), "250ms")
    let writeDeadline = Setting(
        "WEIR_WRITE_DEADLINE", "How long a client may leave its answers unread",
        .duration(.milliseconds(100)...(.seconds(300))), "5s")
    let drain = Setting(
        "WEIR_DRAIN", "How long connections are served after SIGTERM", .duration(.milliseconds(0)...(.seconds(300))),
        "1s")
    let adminListen = Setting(
        "WEIR_ADMIN_LISTEN", "The address of health, metrics and status", .listen, "127.0.0.1:9187")
    let admissionLog = Setting(
        "WEIR_ADMISSION_LOG", "A file in memory that notes every spending of tokens, for weir prove", .pathOrOff,
        default: "", shown: "off")
    let logLevel = Setting("WEIR_LOG_LEVEL", "How much is logged", SettingKind<LogLevel>.choice(), "info")

    var declarations: [SettingDescription] {
        [
            socket.description, httpSocket.description, checkSocket.description, spoeSocket.description,
            spoeAbstract.description, logSocket.description, logBuffer.description, httpListen.description,
            httpTrustTCP.description, httpAttributes.description, trustedHops.description, headers.description,
            retryJitter.description, socketGroup.description,
            socketMode.description, peers.description, limits.description, policy.description, zone.description,
            enforce.description, namespace.description, fleet.description,
        ] + store.declarations + [
            collectorURL.description, collectorToken.description, collectorBudget.description, contracts.description,
            keyPepper.description, maximumWindows.description,
            allowPlaintext.description,
            stateDirectory.description,
            runtimeDirectory.description, flush.description, reportDeadline.description, journalMaximum.description,
            retain.description,
            maximumKeys.description, maximumNewKeys.description, maximumOpen.description,
            reserveDeadline.description, maximumConnections.description,
            maximumConnectionsPerUser.description,
            maximumAdminConnections.description, reservedFiles.description, helloDeadline.description,
            maximumFrame.description, maximumHead.description, framesPerTurn.description,
            maximumInFlight.description, writeBuffer.description, quiet.description,
            frameDeadline.description, writeDeadline.description, drain.description, adminListen.description,
            logLevel.description, admissionLog.description,
        ]
    }

    var secrets: [String] { declarations.filter(\.isSecret).map(\.name) }
}
