import Glibc

/// A real nginx with one worker and the same small file behind four doors: with nothing before it, with nginx's own
/// limiter, with `auth_request` to a stub, and with the agent.
final class NginxServer {
    private let directory: BenchDirectory
    private let child: ChildProcess
    private let ports: [NginxDoor: UInt16]

    /// - Parameters:
    ///   - agent: the agent's HTTP socket.
    ///   - stub: the stub's.
    init(_ programs: BenchPrograms, agent: String, stub: String) throws(BenchFailure) {
        directory = try BenchDirectory()
        var ports: [NginxDoor: UInt16] = [:]
        for door in NginxDoor.allCases { ports[door] = try Exchange.freePort() }
        self.ports = ports
        let configuration = try Self.configuration(programs, directory, ports, agent: agent, stub: stub)
        child = try ChildProcess(
            [programs.nginx, "-c", configuration, "-p", directory.disk, "-e", "\(directory.disk)/error.log"],
            environment: programs.environment, log: "\(directory.disk)/nginx.log", processor: -1, home: directory)
        for door in NginxDoor.allCases {
            let (running, place) = (child, endpoint(door))
            try Exchange.untilServed(by: running, "nginx") { () throws(BenchFailure) in try place.probe() }
        }
    }

    func endpoint(_ door: NginxDoor) -> Endpoint { .tcp(address: "127.0.0.1", port: ports[door] ?? 0) }

    private static func configuration(
        _ programs: BenchPrograms, _ directory: BenchDirectory, _ ports: [NginxDoor: UInt16], agent: String,
        stub: String
    ) throws(BenchFailure) -> String {
        let disk = directory.disk
        guard mkdir("\(disk)/site", 0o755) == 0 else { throw BenchFailure("cannot make \(disk)/site: \(reason())") }
        _ = try directory.write("site/item", "an item\n")
        for part in ["upstream.conf", "server.conf", "protect.conf"] {
            guard let shipped = text(of: "\(programs.nginxConfiguration)/\(part)") else {
                throw BenchFailure(
                    "cannot read \(programs.nginxConfiguration)/\(part): \(reason()): give --nginx-configuration")
            }
            _ = try directory.write("agent-\(part)", shipped.replacing("/run/weir/http.sock", with: agent))
            // The same again under another name, so that only what answers is different.
            let renamed = shipped.replacing("/run/weir/http.sock", with: "STUB").replacing("weir", with: "stub")
            _ = try directory.write("stub-\(part)", renamed.replacing("STUB", with: stub))
        }
        func server(_ door: NginxDoor, _ server: String, _ location: String) -> String {
            """
            server {
                    listen 127.0.0.1:\(ports[door] ?? 0);
                    root \(disk)/site;
                    \(server)
                    location / { \(location) }
                }
            """
        }
        return try directory.write(
            "nginx.conf",
            """
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
                include \(disk)/agent-upstream.conf;
                include \(disk)/stub-upstream.conf;
                limit_req_zone $binary_remote_addr zone=flood:1m rate=1000000r/s;
                \(server(.nothing, "", ""))
                \(server(.limitReq, "", "limit_req zone=flood burst=1000000 nodelay;"))
                \(server(.stub, "include \(disk)/stub-server.conf;", "include \(disk)/stub-protect.conf;"))
                \(server(.agent, "include \(disk)/agent-server.conf;", "include \(disk)/agent-protect.conf;"))
            }

            """)
    }
}
