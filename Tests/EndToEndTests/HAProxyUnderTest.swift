import Foundation
import Testing
import WeirTestSupport

/// A real HAProxy in its chroot with the shipped configuration, in front of a small site, with a real agent behind it. As root.
final class HAProxyUnderTest {
    let agent: AgentUnderTest
    let program: RunningProgram
    let port = freePort()
    let directory: TemporaryDirectory

    /// How long a request waits for the agent: what is shipped, or longer on a machine that is busy with other tests.
    enum Patience: String {
        case shipped = "timeout processing 20ms"
        /// The line for calls that are sold.
        case sold = "timeout processing 300ms"
        case long = "timeout processing 2s"
    }

    /// - Parameters:
    ///   - settings: the agent's.
    ///   - isOpen: whether requests pass without an agent.
    ///   - isLogging: whether HAProxy logs what it has sent, and reports nothing.
    ///   - isAbstract: whether HAProxy takes the agent's abstract name, `weir-spoe` and the directory's own, and not its path.
    init(
        _ settings: [String: String], isOpen: Bool = true, isLogging: Bool = false, isAbstract: Bool = false,
        patience: Patience = .long
    ) throws {
        directory = try TemporaryDirectory()
        // The agent listens inside of the chroot, so that the path in the configuration is the one that is shipped.
        try FileManager.default.createDirectory(
            atPath: directory.file("jail/run/weir"), withIntermediateDirectories: true)
        let abstract = Self.abstractName(directory)
        let socket = Self.socket(directory)
        agent = try AgentUnderTest(
            [
                "WEIR_SPOE_SOCKET": isAbstract ? "off" : socket, "WEIR_SOCKET_GROUP": "haproxy",
            ].merging(isAbstract ? ["WEIR_SPOE_ABSTRACT": abstract] : [:]) { $1 }.merging(settings) { $1 },
            in: directory)

        var main = try Self.shipped("haproxy.cfg")
        let site = freePort()
        try Self.substitute("/var/lib/haproxy", directory.file("jail"), in: &main)
        try Self.substitute("/run/haproxy/admin.sock", directory.file("admin.sock"), in: &main)
        try Self.substitute("/etc/haproxy/spoe-weir.cfg", directory.file("spoe-weir.cfg"), in: &main)
        try Self.substitute("bind :80", "bind 127.0.0.1:\(port)", in: &main)
        try Self.substitute("127.0.0.1:8080", "127.0.0.1:\(site)", in: &main)
        if !isOpen { try Self.substitute("    #http-request return", "    http-request return", in: &main) }
        if isLogging {
            try Self.substitute("    #log unix@", "    log unix@", in: &main)
            try Self.substitute("    #log-format", "    log-format", in: &main)
        }
        if isAbstract {
            try Self.substitute("    server agent unix@", "    #server agent unix@", in: &main)
            try Self.substitute("    #server agent abns@weir-spoe", "    server agent abns@\(abstract)", in: &main)
        }
        var messages = try Self.shipped("spoe-weir.cfg")
        if patience == .sold {
            try Self.substitute("    \(Patience.shipped.rawValue)\n", "", in: &messages)
            try Self.substitute("    #\(Patience.sold.rawValue)", "    \(Patience.sold.rawValue)", in: &messages)
        } else {
            try Self.substitute(Patience.shipped.rawValue, patience.rawValue, in: &messages)
        }
        if isLogging { try Self.substitute("    messages weir-report\n", "", in: &messages) }
        try directory.write("spoe-weir.cfg", messages)
        try directory.write("haproxy.cfg", main)
        try directory.write(
            "site.cfg",
            """
            frontend site
                mode http
                bind 127.0.0.1:\(site)
                http-request return status 404 content-type text/plain string "nothing here\\n" if { path /missing }
                http-request return status 200 content-type text/plain string "0123456789" if { path /ten }
                http-request return status 200 content-type text/plain string "0123456789abcde" if { path /fifteen }
                http-request return status 200 content-type text/plain string "the site\\n"

            """)
        program = try RunningProgram(
            "haproxy", ["-db", "-f", directory.file("haproxy.cfg"), "-f", directory.file("site.cfg")], in: directory)
        let port = port
        let isUp = eventually { (try? ClientSocket(port: port)) != nil }
        try #require(isUp, "\(program.log)")
    }

    static func socket(_ directory: TemporaryDirectory) -> String { directory.file("jail/run/weir/spoe.sock") }

    /// Abstract names are the machine's: each test has its own.
    static func abstractName(_ directory: TemporaryDirectory) -> String {
        "weir-spoe-" + (directory.path.split(separator: "-").last ?? "")
    }

    private static func shipped(_ name: String) throws -> String {
        try String(contentsOfFile: "\(Programs.repository)/deploy/haproxy/\(name)", encoding: .utf8)
    }

    /// Replaces what is there; so that the configuration that runs is the one that is shipped.
    private static func substitute(_ part: String, _ other: String, in text: inout String) throws {
        try #require(text.contains(part), "no \"\(part)\" in what is shipped")
        text = text.replacingOccurrences(of: part, with: other)
    }

    func get(_ path: String, _ headers: [String] = [], over client: ClientSocket? = nil) throws -> HTTPReply {
        let client = try client ?? ClientSocket(port: port)
        client.send("GET \(path) HTTP/1.1\r\nHost: site\r\n" + headers.map { "\($0)\r\n" }.joined() + "\r\n")
        return try #require(client.receiveResponse(), "\(program.log)")
    }

    /// What HAProxy's health check says of the agent: its state, and how it knows.
    func health() -> String {
        // It is there a moment after the ports are.
        guard let client = try? ClientSocket(unix: directory.file("admin.sock")) else { return "" }
        client.send("show stat\n")
        let all = String(decoding: client.receiveAll() ?? [], as: UTF8.self)
        for line in all.split(separator: "\n") where line.hasPrefix("weir-agent,agent,") {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            return "\(fields[17]) \(fields[36])"
        }
        return ""
    }
}
