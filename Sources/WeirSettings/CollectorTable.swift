/// The one table of `weir-collector`'s variables.
struct CollectorTable {
    let stateDirectory: Setting<String>
    let database: Setting<String>

    init(state: String) {
        stateDirectory = Setting(
            "WEIR_STATE_DIR", "Where the collector keeps its files, in a folder of its own", .path, default: state,
            shown: state)
        database = Setting(
            "WEIR_DATABASE",
            "The database: sqlite:PATH, or postgres://USER@HOST/DATABASE with libpq's words in the query",
            SettingKind("sqlite:PATH with an absolute path, or postgres://…") { text in
                let isFile = text.hasPrefix("sqlite:/")
                return isFile || text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") ? text : nil
            }, default: "sqlite:\(state)/collector/weir.sqlite", shown: "sqlite:\(state)/collector/weir.sqlite",
            isSecret: true)
    }

    let databasePassword = Setting(
        "WEIR_DATABASE_PASSWORD", "The password at PostgreSQL; wins over the URL's", .text, default: "", shown: "",
        isSecret: true)
    let databasePool = Setting("WEIR_DATABASE_POOL", "Connections to PostgreSQL", .integer(1...64), "8")
    let databaseWait = Setting(
        "WEIR_DATABASE_WAIT", "How long a request may wait for one of them",
        .duration(.milliseconds(10)...(.seconds(60))), "5s")
    let databaseConnectTimeout = Setting(
        "WEIR_DATABASE_CONNECT_TIMEOUT", "How long connecting to PostgreSQL may take",
        .duration(.seconds(2)...(.seconds(60))), "5s")
    let databaseTimeout = Setting(
        "WEIR_DATABASE_TIMEOUT", "How long a statement may run in PostgreSQL",
        .duration(.milliseconds(100)...(.seconds(3_600))), "30s")
    let databaseRetry = Setting(
        "WEIR_DATABASE_RETRY",
        "How long a transaction is repeated while PostgreSQL restarts, or others are in its way",
        .duration(.milliseconds(0)...(.seconds(600))), "15s")
    let listen = Setting("WEIR_LISTEN", "The address of the API", .listen, "127.0.0.1:9188")
    let collectorTokens = Setting(
        "WEIR_COLLECTOR_TOKEN",
        "Tokens that agents send usage with, and get tokens of their own with; several while they are being changed",
        .list(of: "tokens"), default: [], shown: "one is made", isSecret: true)
    let adminToken = Setting(
        "WEIR_ADMIN_TOKEN", "The token that may do everything", .text, default: "", shown: "one is made",
        isSecret: true)
    let keyPepper = Setting(
        "WEIR_KEY_PEPPER",
        "What API keys are hashed under: the same for all collectors and agents, and never changed while there are keys",
        SettingKind("at least 32 bytes of text, such as openssl rand -hex 32 makes") { $0.utf8.count >= 32 ? $0 : nil },
        default: "", shown: "one is made", isSecret: true)
    let allowPlaintext = Setting("WEIR_ALLOW_PLAINTEXT", "Whether plain HTTP may leave this machine", .flag, "off")
    let maximumBody = Setting(
        "WEIR_MAX_BODY", "Bytes of the largest request", .size(64 << 10...1 << 30), "32MiB")
    let invoiceGrace = Setting(
        "WEIR_INVOICE_GRACE",
        "How long behind a contract's end its invoice waits for agents that have not said that their usage is complete",
        .duration(.milliseconds(0)...(.seconds(2_678_400))), "24h")
    let signUps = Setting(
        "WEIR_SIGNUP",
        "Who may sign up on the collector's page; free: anybody, to plans without fee and credit",
        SettingKind<SignUpRule>.choice(), "off")
    let logLevel = Setting("WEIR_LOG_LEVEL", "How much is logged", SettingKind<LogLevel>.choice(), "info")

    var declarations: [SettingDescription] {
        [
            listen.description, database.description, databasePassword.description, databasePool.description,
            databaseWait.description, databaseConnectTimeout.description, databaseTimeout.description,
            databaseRetry.description, collectorTokens.description, adminToken.description,
            keyPepper.description, stateDirectory.description, allowPlaintext.description, maximumBody.description,
            invoiceGrace.description, signUps.description, logLevel.description,
        ]
    }

    var secrets: [String] { declarations.filter(\.isSecret).map(\.name) }
}
