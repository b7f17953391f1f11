import Foundation
import Testing
import WeirTestSupport

/// A real nginx with the shipped configuration, in front of a small site, with a real agent behind it.
final class NginxUnderTest {
    let agent: AgentUnderTest
    let nginx: RunningProgram
    let port = freePort()

    /// - Parameter isStatic: whether the site is files that nginx serves itself; else it is another server, which says what it
    ///   has been asked.
    init(_ settings: [String: String], variant: NginxVariant = .authOpen, isStatic: Bool = false) throws {
        agent = try AgentUnderTest(settings.merging(["WEIR_SOCKET_GROUP": "www-data"]) { $1 })
        let directory = agent.directory
        try Self.copyConfiguration(to: directory, socket: agent.httpSocket)
        try FileManager.default.createDirectory(atPath: directory.file("site"), withIntermediateDirectories: true)
        try directory.write("site/index.html", "the site\n")
        try directory.write("site/login", "the login\n")
        // The site: one server that says what it was asked, in front of one that answers, so that a body has been read.
        let (site, inner) = (freePort(), freePort())
        let files = variant.files
        let goOn = isStatic ? "" : "proxy_pass http://127.0.0.1:\(site);"
        let module = "/usr/lib/nginx/modules/ngx_http_js_module.so"
        try directory.write(
            "nginx.conf",
            """
            \(files.http.hasPrefix("njs/") ? "load_module \(module);" : "")
            daemon off;
            user www-data;
            worker_processes 1;
            pid \(directory.file("nginx.pid"));
            error_log \(directory.file("error.log"));
            events { worker_connections 256; }
            http {
                access_log off;
                client_body_temp_path \(directory.file("body"));
                proxy_temp_path \(directory.file("proxy"));
                fastcgi_temp_path \(directory.file("fastcgi"));
                uwsgi_temp_path \(directory.file("uwsgi"));
                scgi_temp_path \(directory.file("scgi"));
                keepalive_requests 100000;
                include \(directory.file("weir/\(files.http)"));
                server {
                    listen 127.0.0.1:\(port);
                    root \(directory.file("site"));
                    \(files.server.map { "include \(directory.file("weir/\($0)"));" } ?? "")
                    location / { include \(directory.file("weir/\(files.location)")); \(variant.isAuth ? goOn : "") }
                    location @app { \(goOn) }
                }
                server {
                    listen 127.0.0.1:\(site);
                    location / {
                        proxy_pass http://127.0.0.1:\(inner);
                        add_header X-Seen "$request_method $request_uri [$request_body]" always;
                    }
                }
                server {
                    listen 127.0.0.1:\(inner);
                    location / { return 200 "the site\\n"; }
                    location /own403 { return 403 "the site's own\\n"; }
                    location /own404 { return 404 "the site's own\\n"; }
                    location /own429 { return 429 "the site's own\\n"; }
                    location /own502 { return 502 "the site's own\\n"; }
                }
            }
            """)
        nginx = try RunningProgram("nginx", ["-p", directory.path, "-c", directory.file("nginx.conf")], in: directory)
        let port = port
        let isUp = eventually { (try? ClientSocket(port: port)) != nil }
        try #require(isUp, "\(nginx.log)")
    }

    /// The files of `deploy/nginx` as they are, but for the paths of the socket and of the script.
    private static func copyConfiguration(to directory: TemporaryDirectory, socket: String) throws {
        let source = "\(Programs.repository)/deploy/nginx"
        for name in try FileManager.default.subpathsOfDirectory(atPath: source) {
            guard name.hasSuffix(".conf") || name.hasSuffix(".js") else { continue }
            let target = URL(filePath: directory.file("weir/\(name)"))
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            let text = try String(contentsOfFile: "\(source)/\(name)", encoding: .utf8)
                .replacingOccurrences(of: "/run/weir/http.sock", with: socket)
                .replacingOccurrences(of: "/etc/nginx/weir/", with: directory.file("weir/"))
            try text.write(to: target, atomically: true, encoding: .utf8)
        }
    }

    /// Answers of the agent that nginx has not waited for.
    var lateAnswers: Int {
        let log = (try? String(contentsOfFile: agent.directory.file("error.log"), encoding: .utf8)) ?? ""
        return log.components(separatedBy: "timed out").count - 1
    }

    func get(_ path: String, _ headers: [String] = [], over client: ClientSocket? = nil) throws -> HTTPReply {
        try ask("GET", path, headers, over: client)
    }

    func ask(
        _ method: String, _ path: String, _ headers: [String] = [], body: String? = nil,
        over client: ClientSocket? = nil
    ) throws -> HTTPReply {
        let client = try client ?? ClientSocket(port: port)
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        client.send(
            "\(method) \(path) HTTP/1.1\r\nHost: site\r\n" + (headers + length).map { "\($0)\r\n" }.joined() + "\r\n"
                + (body ?? ""))
        return try #require(client.receiveResponse(), "\(nginx.log)")
    }
}
