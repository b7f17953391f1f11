/// The one table of `weir`'s variables; names and defaults are those of the programs that it asks.
struct CommandTable {
    let socket: Setting<String>
    let httpSocket: Setting<String>
    let checkSocket: Setting<String>
    let spoeSocket: Setting<String>
    let logSocket: Setting<String>
    let runtimeDirectory: Setting<String>
    let stateDirectory: Setting<String>

    init(runtime: String, state: String) {
        let agent = AgentTable(runtime: runtime, state: state)
        socket = agent.socket
        httpSocket = agent.httpSocket
        checkSocket = agent.checkSocket
        spoeSocket = agent.spoeSocket
        logSocket = agent.logSocket
        runtimeDirectory = agent.runtimeDirectory
        stateDirectory = agent.stateDirectory
    }

    let adminListen = AgentTable(runtime: "", state: "").adminListen
    let collectorURL = Setting(
        "WEIR_COLLECTOR_URL",
        "The collector that is asked; empty: the one at 127.0.0.1:9188, and usage is read from the agent's journal",
        .url("http", "https"), "")
    let adminToken = Setting(
        "WEIR_ADMIN_TOKEN", "The collector's token of whoever asks", .text, default: "", shown: "", isSecret: true)

    var declarations: [SettingDescription] {
        [
            socket.description, httpSocket.description, checkSocket.description, spoeSocket.description,
            logSocket.description, adminListen.description, collectorURL.description, adminToken.description,
            stateDirectory.description, runtimeDirectory.description,
        ]
    }

    var secrets: [String] { declarations.filter(\.isSecret).map(\.name) }
}
