import Glibc

/// A real nginx with one worker and the same small file behind some doors.
final class NginxServer: WebServerUnderLoad {
    /// What a configuration says for one door.
    struct Part {
        var server = ""
        var location = ""
    }

    private let directory: BenchDirectory
    private let child: ChildProcess
    private let ports: [WebDoor: UInt16]

    /// - Parameters:
    ///   - modules: lines before everything.
    ///   - files: written into its directory, by their names.
    ///   - http: lines of the http block, in which DIRECTORY is where the files are.
    ///   - parts: lines of the server and its location, by door; of the same form.
    init(
        _ programs: BenchPrograms, modules: String = "", files: [String: String] = [:], http: String = "",
        parts: [WebDoor: Part]
    ) throws(BenchFailure) {
        directory = try BenchDirectory()
        var ports: [WebDoor: UInt16] = [:]
        for door in parts.keys { ports[door] = try Exchange.freePort() }
        self.ports = ports
        let disk = directory.disk
        guard mkdir("\(disk)/site", 0o755) == 0 else { throw BenchFailure("cannot make \(disk)/site: \(reason())") }
        _ = try directory.write("site/item", "an item\n")
        for (name, text) in files { _ = try directory.write(name, text) }
        let configuration = try directory.write(
            "nginx.conf", Self.configuration(disk, modules, http, parts, ports).replacing("DIRECTORY", with: disk))
        child = try ChildProcess(
            [programs.nginx, "-c", configuration, "-p", disk, "-e", "\(disk)/error.log"],
            environment: programs.environment, log: "\(disk)/nginx.log", processor: -1, home: directory)
        for door in parts.keys {
            let (running, place) = (child, endpoint(door))
            try Exchange.untilServed(by: running, "nginx") { () throws(BenchFailure) in try place.probe() }
        }
    }

    func endpoint(_ door: WebDoor) -> Endpoint { .tcp(address: "127.0.0.1", port: port(door)) }

    func port(_ door: WebDoor) -> UInt16 { ports[door] ?? 0 }

    private static func configuration(
        _ disk: String, _ modules: String, _ http: String, _ parts: [WebDoor: Part], _ ports: [WebDoor: UInt16]
    ) -> String {
        let servers = parts.map { door, part in
            """
            server {
                    listen 127.0.0.1:\(ports[door] ?? 0);
                    root \(disk)/site;
                    \(part.server)
                    location / { \(part.location) }
                }
            """
        }
        return """
            \(modules)
            daemon off;
            \(geteuid() == 0 ? "user root;" : "")
            worker_processes 1;
            pid \(disk)/nginx.pid;
            error_log \(disk)/error.log crit;
            events { worker_connections 1024; }
            http {
                access_log off;
                client_body_temp_path \(disk)/body;
                proxy_temp_path \(disk)/proxy;
                fastcgi_temp_path \(disk)/fastcgi;
                uwsgi_temp_path \(disk)/uwsgi;
                scgi_temp_path \(disk)/scgi;
                keepalive_requests 1000000000;
                keepalive_timeout 300s;
                limit_req_zone $binary_remote_addr zone=flood:1m rate=1000000r/s;
                \(http)
                \(servers.joined(separator: "\n    "))
            }

            """
    }

    /// The doors that need no limiter of ours.
    static let plain: [WebDoor: Part] = [
        .nothing: Part(), .own: Part(location: "limit_req zone=flood burst=1000000 nodelay;"),
    ]
}
