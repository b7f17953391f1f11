import FoundationEssentials
import Glibc
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
import WeirCore
package import WeirSettings
import WeirStore

/// Puts the collector together, and runs it until it is told to stop.
package struct Collector: Sendable {
    private let settings: CollectorSettings
    private let logger: Logger

    package init(_ settings: CollectorSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Parameter announce: is given the banner when the collector listens.
    /// - Throws: `CollectorStartError` for what the machine lacks.
    package func run(announce: @escaping @Sendable (String) -> Void) async throws {
        signal(SIGPIPE, SIG_IGN)
        let folder = settings.stateDirectory + "/collector"
        try Self.makeFolder(folder)
        let tokens = try makeTokens(folder)
        let opened = try await CollectorDatabase(settings).open()
        let database = opened.database
        if opened.isShared, let file = tokens.file {
            logger.warning(
                "the tokens of \(file.path) are this collector's own: give all that use the database the same WEIR_COLLECTOR_TOKEN, WEIR_ADMIN_TOKEN and WEIR_KEY_PEPPER"
            )
        }
        let router = Router()
        let api = CollectorAPI(
            database: database, tokens: tokens.tokens, secrets: tokens.secrets, maximumBody: settings.maximumBody,
            signUps: settings.signUps, now: { Date() })
        try await api.checkPepper()
        try await api.beginEpoch()
        api.add(to: router)
        let address = settings.listen
        let application = Application(
            router: router,
            configuration: .init(address: .hostname(address.host, port: Int(address.port)), serverName: nil),
            onServerRunning: { channel in
                let port = UInt16(clamping: channel.localAddress?.port ?? 0)
                announce(banner(tokens.file, ListenAddress(host: address.host, port: port), opened.name))
                ServiceManager(environment: ProcessEnvironment.all).tell(.ready)
            }, logger: logger)
        let room = Task { await makeRoomAhead(database) }
        let housekeeper = Housekeeper(
            database: database, invoiceGrace: settings.invoiceGrace.components.seconds, now: { Date() }, logger: logger)
        let housekeeping = Task { await housekeeper.run() }
        do {
            try await application.runService()
            room.cancel()
            housekeeping.cancel()
            await room.value
            await housekeeping.value
            // What is left is one file that can be copied.
            await database.close()
        } catch let error as IOError {
            throw CollectorStartError(
                "WEIR_LISTEN=\(address): cannot listen: \(String(cString: strerror(error.errnoCode)))")
        }
    }

    private static func makeFolder(_ path: String) throws(CollectorStartError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CollectorStartError(
                "cannot make the directory \(path): \(error): set WEIR_STATE_DIR to one that can be written")
        }
    }

    /// The secrets that are set; those that are not come from the file, which is made when needed.
    private func makeTokens(
        _ folder: String
    ) throws(CollectorStartError) -> (tokens: AccessTokens, secrets: Secrets, file: TokenFile?) {
        var needed: [String] = []
        if settings.collectorTokens.isEmpty { needed.append(TokenFile.agentName) }
        if settings.adminToken.isEmpty { needed.append(TokenFile.adminName) }
        if settings.keyPepper.isEmpty { needed.append(TokenFile.pepperName) }
        let file = needed.isEmpty ? nil : try TokenFile(path: "\(folder)/tokens.env", needs: needed)
        func secret(_ given: String, _ name: String) -> String { given.isEmpty ? file?[name] ?? "" : given }
        let agents =
            settings.collectorTokens.isEmpty ? [secret("", TokenFile.agentName)] : settings.collectorTokens
        return (
            AccessTokens(agents: agents, admin: secret(settings.adminToken, TokenFile.adminName)),
            Secrets(pepper: secret(settings.keyPepper, TokenFile.pepperName)), file
        )
    }

    /// Keeps room for usage of now and the two months ahead, as long as the collector runs.
    private func makeRoomAhead(_ database: any SQLDatabase) async {
        while !Task.isCancelled {
            let hour = Int64(Date().timeIntervalSince1970) / 3_600
            do throws(StoreError) {
                try await database.makeRoom(forUsageOf: hour...hour + 62 * 24)
            } catch {
                // It is made when the first row comes, too.
                logger.warning("room for usage could not be made ahead: \(error)")
            }
            try? await Task.sleep(for: .seconds(3_600))
        }
    }

    private func banner(_ file: TokenFile?, _ address: ListenAddress, _ database: String) -> String {
        var lines = ["\(CollectorVersion.name) · \(database)", "  api     http://\(address)"]
        if let file { lines.append("  tokens  \(file.path)" + (file.isNew ? "  (made now)" : "")) }
        let token =
            settings.collectorTokens.isEmpty ? file.map { " and WEIR_COLLECTOR_TOKEN of \($0.path)" } ?? "" : ""
        lines.append("An agent sends here with WEIR_COLLECTOR_URL=http://\(address)\(token)")
        return lines.joined(separator: "\n")
    }
}
