import ArgumentParser

/// `weir bench`: what is measured is a subcommand each, as they share the names of options.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure the agent, what it costs web servers, and the collector's database.",
        discussion: """
            Examples:
              weir bench --floor
              weir bench --faults
              weir bench --rate 20000 --seconds 10
              weir bench web
              weir bench ingest
              weir bench keys
              weir bench sales
              weir help bench agent
            """,
        subcommands: [
            BenchAgentCommand.self, BenchWebCommand.self, BenchIngestCommand.self, BenchKeysCommand.self,
            BenchSalesCommand.self,
        ],
        defaultSubcommand: BenchAgentCommand.self)
}
