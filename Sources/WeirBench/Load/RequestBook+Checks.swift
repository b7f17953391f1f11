import WeirCore

/// The requests of the benchmark: an address, a path and a key, as web servers ask about them.
extension RequestBook {
    /// Keys and addresses of the warm load: more than a first-level cache holds, all of them in the tables.
    package static let warmKeys = 1_024

    /// The policy that they are checked under: three rules that each of them matches, and that deny none.
    ///
    /// The names have one length, so that every answer has.
    package static let policy = """
        flood: 100M/s burst 100M by ip
        entry: 100M/s burst 100M by api_key
        route: 100M/s burst 100M by path
        """

    /// The same with one rule.
    package static let policyOfOneRule = "entry: 100M/s burst 100M by api_key"

    private static let path = "/v1/search"

    private static func address(_ index: Int) -> String { "10.1.\(100 + index / 100 % 100).\(100 + index % 100)" }

    private static func key(_ index: Int) -> String {
        let digits = String(index, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func frame(_ index: Int) -> [UInt8] {
        CheckDraft(attributes: [
            ("ip", Array(address(index).utf8)), ("path", Array(path.utf8)), ("api_key", Array(key(index).utf8)),
        ]).frame(id: 0)
    }

    /// Checks of the native protocol.
    package static let checks = RequestBook(.native, (0..<warmKeys).map(frame))

    /// Checks of the native protocol whose keys nobody has seen.
    package static let newKeys: RequestBook = {
        let sample = frame(0)
        return RequestBook(.native, [sample], field: sample.count - 16)
    }()

    /// Requests of the HTTP door as nginx asks it.
    package static let questions = RequestBook(
        .http,
        (0..<warmKeys).map { index in
            Array(
                """
                GET /nginx HTTP/1.1\r
                Host: bench.example\r
                X-Real-IP: \(address(index))\r
                X-Original-Method: GET\r
                X-Original-URI: \(path)\r
                X-API-Key: \(key(index))\r
                \r\n
                """.utf8)
        })

    /// Requests of a client to a web server.
    package static let pages = RequestBook(
        .http,
        (0..<warmKeys).map { index in
            Array("GET /item HTTP/1.1\r\nHost: bench.example\r\nX-API-Key: \(key(index))\r\n\r\n".utf8)
        })
}
