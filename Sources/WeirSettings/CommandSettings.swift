/// The settings of `weir`: where the agent and the collector are.
package struct CommandSettings: Sendable {
    package var socket: String
    package var httpSocket: String
    package var checkSocket: String
    package var spoeSocket: String
    package var logSocket: String
    package var adminListen: ListenAddress?
    package var collectorURL: String
    package var adminToken: String
    package var stateDirectory: String
    package var runtimeDirectory: String

    /// Reads and checks all of them.
    ///
    /// - Throws: every problem, one line each.
    package init(environment: [String: String]) throws(SettingsError) {
        let directories = Directories(environment: environment)
        let first = CommandTable(runtime: directories.runtime, state: directories.state)
        var reader = SettingsReader(environment: environment, secrets: first.secrets)
        runtimeDirectory = reader.read(first.runtimeDirectory)
        stateDirectory = reader.read(first.stateDirectory)
        let table = CommandTable(runtime: runtimeDirectory, state: stateDirectory)
        socket = reader.read(table.socket)
        httpSocket = reader.read(table.httpSocket)
        checkSocket = reader.read(table.checkSocket)
        spoeSocket = reader.read(table.spoeSocket)
        logSocket = reader.read(table.logSocket)
        adminListen = reader.read(table.adminListen)
        collectorURL = reader.read(table.collectorURL)
        adminToken = reader.read(table.adminToken)
        guard reader.problems.isEmpty else { throw SettingsError(reader.problems) }
    }

    /// A row for each setting.
    package static var declarations: [SettingDescription] {
        CommandTable(runtime: "(runtime directory)", state: "(state directory)").declarations
    }
}
