import ArgumentParser
import FoundationEssentials
import Glibc
import WeirSettings

/// `weir doctor`: why does the web server not ask the agent?
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at a web server of this machine and at its way to the agent, and name what to mend.",
        discussion: """
            Reads configurations, rights and running processes, and asks the agent whether it is there; changes nothing. As root it sees most.
            Exit code 0: nothing is wrong, 1: something is.

            Examples:
              weir doctor nginx
              weir doctor haproxy --config /etc/haproxy/haproxy.cfg
              weir doctor caddy --json
            """)

    /// The best of so many answers is how fast the agent is.
    private static let questions = 5

    @Argument(help: "The server: \(DoctorServer.allCases.map(\.rawValue).joined(separator: ", ")).")
    var server: DoctorServer

    @Option(help: "Its configuration file, where it is not the usual one.")
    var config: String?

    @Option(help: "Its program, where it is not in the usual places.")
    var program: String?

    @Option(help: "The user of its workers, where its configuration does not say.")
    var user: String?

    @Option(help: "The file with its master's process number, where it is not the usual one.")
    var pidFile: String?

    @Option(help: "How long to wait for the agent's answer, in milliseconds.")
    var timeout: Int = 1_000

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if timeout < 1 { throw ValidationError("--timeout: expected at least 1") }
    }

    private struct Report: Encodable {
        var server: String
        var isWell: Bool
        var findings: [Finding]
    }

    func run() async throws {
        let settings = CommandSettings.ofProcess()
        let places = DoctorPlaces(program: program, configuration: config, user: user, pidFile: pidFile)
        let examination =
            switch server {
            case .nginx, .openresty: NginxExamination.run(server, places)
            case .haproxy: HAProxyExamination.run(places)
            case .caddy: CaddyExamination.run(places)
            case .apache: ApacheExamination.run(places)
            }
        var findings = examination.findings
        if !examination.user.isEmpty { findings = await reach(examination, settings) + findings }
        if geteuid() != 0 {
            findings.append(
                .note("root", "not run as root: what your user may not read was not looked at", fix: "sudo weir doctor")
            )
        }
        let isWell = !findings.contains { $0.verdict == .trouble }
        if json {
            print(try JSONText.encode(Report(server: server.rawValue, isWell: isWell, findings: findings)))
        } else {
            print(DoctorText.lines(findings))
        }
        if !isWell { throw CommandFailure.negative("") }
    }

    private func reach(_ examination: Examination, _ settings: CommandSettings) async -> [Finding] {
        let own =
            switch examination.door {
            case .spoe: settings.spoeSocket
            case .http: settings.httpSocket
            default: settings.socket
            }
        let path = examination.socket ?? own
        let answer = DoorProbe.ask(
            examination.door, at: path, within: .milliseconds(timeout), times: Self.questions)
        let facts = SocketFacts(
            door: examination.door, path: path, answer: answer, way: Machine.way(to: path), peers: await peers())
        return ReachChecks.findings(
            facts, server: server.rawValue,
            user: Machine.user(named: examination.user, group: examination.group), userName: examination.user,
            keepsGroups: examination.keepsGroups, workers: examination.workers)
    }

    /// WEIR_PEERS as the agent has it; nil where it cannot be asked.
    private func peers() async -> [String]? {
        struct Row: Decodable {
            var name: String
            var value: String
        }
        guard let page = try? await AgentAdmin.page("/settings"),
            let rows = try? JSONDecoder().decode([Row].self, from: page)
        else { return nil }
        return rows.first { $0.name == "WEIR_PEERS" }?.value.split(separator: ",").map {
            String($0.filter { !$0.isWhitespace })
        }
    }
}
