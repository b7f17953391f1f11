import Foundation
import Testing
import WeirTestSupport

/// A web server that a test has started in front of a small site, with what its client measures of a response.
protocol SiteUnderTest {
    var port: Int { get }
}

extension SiteUnderTest {
    func get(_ path: String, _ headers: [String] = [], method: String = "GET", over client: ClientSocket? = nil) throws
        -> HTTPReply
    {
        let client = try client ?? ClientSocket(port: port)
        client.send("\(method) \(path) HTTP/1.1\r\nHost: site\r\n" + headers.map { "\($0)\r\n" }.joined() + "\r\n")
        return try #require(client.receiveResponse())
    }

    /// The bytes that went to the server, and those that came back, of one request over a connection of its own.
    func measure(_ path: String, _ headers: [String] = []) throws -> (sent: Int, received: Int) {
        let client = try ClientSocket(port: port)
        let request = Array(
            ("GET \(path) HTTP/1.1\r\nHost: site\r\nConnection: close\r\n" + headers.map { "\($0)\r\n" }.joined()
                + "\r\n").utf8)
        client.send(request)
        return (request.count, try #require(client.receiveAll()).count)
    }
}

/// The Lua client as it is installed: where workers of another user can read it.
func installLuaClient(in directory: TemporaryDirectory) throws {
    try FileManager.default.copyItem(
        atPath: "\(Programs.repository)/protocol/clients/lua", toPath: directory.file("lua"))
}

/// The shipped files of one server with its paths replaced by the test's.
func installConfiguration(
    _ server: String, _ parts: [String], replacing paths: [(String, String)], in directory: TemporaryDirectory
) throws {
    for part in parts {
        var text = try String(contentsOfFile: "\(Programs.repository)/deploy/\(server)/\(part)", encoding: .utf8)
        for (path, place) in paths { text = text.replacingOccurrences(of: path, with: place) }
        try directory.write(part, text)
    }
}

/// The small site: some pages, and one that is large enough to take a while.
func writeSite(in directory: TemporaryDirectory) throws {
    try FileManager.default.createDirectory(atPath: directory.file("site"), withIntermediateDirectories: true)
    try directory.write("site/index.html", "the site\n")
    try directory.write("site/login", "the login\n")
    try directory.write("site/large", String(repeating: "0123456789abcdef", count: 1 << 20))
}
