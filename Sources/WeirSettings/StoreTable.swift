/// The variables of the store that agents share.
struct StoreTable {
    let url = Setting(
        "WEIR_REDIS_URL",
        "The Redis that agents share: redis://, rediss://, unix:PATH, redis+sentinel://…/name or redis+cluster://; empty: each counts alone",
        .text, default: "", shown: "", isSecret: true)
    let user = Setting("WEIR_REDIS_USER", "The user at Redis; wins over the URL's", .text, "")
    let password = Setting(
        "WEIR_REDIS_PASSWORD", "The password at Redis; wins over the URL's", .text, default: "", shown: "",
        isSecret: true)
    let sentinelUser = Setting("WEIR_REDIS_SENTINEL_USER", "The user at the Sentinels", .text, "")
    let sentinelPassword = Setting(
        "WEIR_REDIS_SENTINEL_PASSWORD", "The password at the Sentinels", .text, default: "", shown: "", isSecret: true)
    let authority = Setting(
        "WEIR_REDIS_CA", "A PEM file of the authorities that sign Redis's certificates; empty: the system's",
        .pathOrOff,
        default: "", shown: "")
    let certificate = Setting(
        "WEIR_REDIS_CERT", "A PEM file of the agent's own certificate, where Redis asks for one", .pathOrOff,
        default: "", shown: "")
    let key = Setting(
        "WEIR_REDIS_KEY", "The PEM file of that certificate's key", .pathOrOff, default: "", shown: "")
    let serverName = Setting(
        "WEIR_REDIS_SERVER_NAME", "The name that Redis's certificate must have; empty: the URL's host", .text, "")
    let connectTimeout = Setting(
        "WEIR_REDIS_CONNECT_TIMEOUT", "How long connecting to Redis may take",
        .duration(.milliseconds(10)...(.seconds(60))), "1s")
    let commandTimeout = Setting(
        "WEIR_REDIS_TIMEOUT", "How long Redis may take to answer a call before it is connected to anew",
        .duration(.milliseconds(10)...(.seconds(60))), "500ms")
    let deposed = Setting(
        "WEIR_REDIS_DEPOSED",
        "The longest that a primary which was replaced may go on granting; auto: 10s where there are replicas, else 0",
        .durationOrAuto(.milliseconds(0)...(.seconds(600))), "auto")
    let coldStart = Setting(
        "WEIR_COLD_START",
        "freeze: a Redis that no agent knows grants nothing until every lease of before is over; trust: it is new",
        SettingKind<StoreSettings.ColdStart>.choice(), "freeze")
    let budget = Setting(
        "WEIR_STORE_BUDGET", "How long a check may wait for Redis; then it is denied (overload)",
        .duration(.milliseconds(1)...(.milliseconds(200))), "10ms")
    let maximumLeases = Setting(
        "WEIR_MAX_LEASES",
        "Limit keys that this agent is concerned with at once: those in use, and windows that go on; beyond, windows that nobody asks for are left to Redis, and then new keys share their limit's overflow entry; about 450 bytes each",
        .integer(64...10_000_000), "8192")
    let maximumWaiting = Setting(
        "WEIR_MAX_WAITING", "Checks that may wait for Redis at once; beyond, they are denied (overload)",
        .integer(1...65_536), "1024")

    var declarations: [SettingDescription] {
        [
            url.description, user.description, password.description, sentinelUser.description,
            sentinelPassword.description, authority.description, certificate.description, key.description,
            serverName.description, connectTimeout.description, commandTimeout.description, deposed.description,
            coldStart.description, budget.description, maximumLeases.description, maximumWaiting.description,
        ]
    }
}
