/// What is known of the HAProxy on this machine.
package struct HAProxyFacts: Sendable {
    /// What `haproxy -v` says.
    package var version: ProgramVersion
    /// What `haproxy -c` says of the configuration; nil when it takes it, or could not be asked.
    package var complaint: String?
    package var configuration: HAProxyConfiguration
    /// The files of SPOE engines, by the path that the configuration gives, as far as they can be read.
    package var engines: [String: HAProxyConfiguration]
    /// Workers that run.
    package var workers: [ProcessFacts]
    /// `BindPaths=` of HAProxy's unit: what is there to see in its mounts, `source:place`.
    package var bindPaths: [String]

    package init(
        version: ProgramVersion, complaint: String? = nil, configuration: HAProxyConfiguration,
        engines: [String: HAProxyConfiguration], workers: [ProcessFacts] = [], bindPaths: [String] = []
    ) {
        self.version = version
        self.complaint = complaint
        self.configuration = configuration
        self.engines = engines
        self.workers = workers
        self.bindPaths = bindPaths
    }

    /// Where the filter, its file, its agent and that agent's backend are; as far as the configuration leads.
    package struct Engine: Sendable {
        var filter: HAProxyConfiguration.Line
        var name: String
        /// The file that the filter names.
        package var file: String
        var agent: HAProxyConfiguration.Section?
        var backend: HAProxyConfiguration.Section?

        /// What HAProxy's `server` line says.
        var server: HAProxyConfiguration.Line? { backend?.lines.first { $0.words.first == "server" } }
        var address: String? { server.flatMap { $0.words.count > 2 ? $0.words[2] : nil } }

        /// The path of the agent's socket; nil for other addresses.
        package var socketPath: String? {
            guard let address else { return nil }
            for prefix in ["unix@", "uxst@"] where address.hasPrefix(prefix) {
                return String(address.dropFirst(prefix.count))
            }
            return address.hasPrefix("/") ? address : nil
        }

        var prefix: String {
            agent?.lines.first { $0.begins("option", "var-prefix") }?.words.dropFirst(2).first ?? agent?.name ?? ""
        }
    }

    /// The engine of Weir's: the one with that name, or whose file or backend has it; else the first.
    package var engine: Engine? {
        var engines: [Engine] = []
        for line in configuration.sections("frontend", "backend", "listen").flatMap(\.lines)
        where line.begins("filter", "spoe") {
            engines.append(engine(of: line))
        }
        return engines.first { "\($0.name) \($0.file) \($0.backend?.name ?? "")".contains("weir") } ?? engines.first
    }

    private func engine(of filter: HAProxyConfiguration.Line) -> Engine {
        let name = filter.value(of: "engine") ?? ""
        let file = filter.value(of: "config") ?? ""
        var engine = Engine(filter: filter, name: name, file: file)
        guard let text = engines[file] else { return engine }
        // Without an engine's name its sections stand before every [name].
        var current = ""
        for section in text.sections {
            if section.kind == "engine" { current = section.name }
            if section.kind == "spoe-agent", current == name || name.isEmpty { engine.agent = section }
        }
        let backend = engine.agent?.lines.last { $0.begins("use-backend") }?.words.last
        engine.backend = configuration.sections("backend", "listen").first { $0.name == backend }
        return engine
    }
}
