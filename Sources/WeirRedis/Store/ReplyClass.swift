/// What an error reply asks for.
package enum ReplyClass: Equatable {
    /// The script is not known: load it and send the call again.
    case loadScript
    /// Another node serves the slot for good. An address without a host is on the host that answered.
    case moved(slot: Int, to: RedisAddress)
    /// Another node serves this call, after ASKING.
    case ask(to: RedisAddress)
    /// The slot is on its way to another node: send the call again soon.
    case tryAgain(StoreTrouble)
    /// The call has failed.
    case trouble(StoreTrouble)

    /// - Parameter line: the error, without the minus that marks it.
    package init(_ line: [UInt8]) {
        let text = Self.printable(line, StoreTrouble.maximumText)
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        switch words.first ?? "" {
        case "NOSCRIPT": self = .loadScript
        case "MOVED":
            let slot = words.count == 3 ? Int(words[1]) : nil
            if let slot, (0..<ClusterSlot.count).contains(slot), let address = Self.address(words[2]) {
                self = .moved(slot: slot, to: address)
            } else {
                self = .trouble(.wrongNode(reply: text))
            }
        case "ASK":
            if words.count == 3, let address = Self.address(words[2]) {
                self = .ask(to: address)
            } else {
                self = .trouble(.wrongNode(reply: text))
            }
        case "READONLY", "MASTERDOWN", "CLUSTERDOWN": self = .trouble(.wrongNode(reply: text))
        case "TRYAGAIN": self = .tryAgain(.retrySoon(reply: text))
        case "LOADING", "BUSY": self = .trouble(.retrySoon(reply: text))
        case "NOAUTH", "WRONGPASS", "NOPERM", "OOM", "MISCONF", "NOREPLICAS", "WRONGTYPE":
            self = .trouble(.operatorMustAct(reply: text))
        default:
            // Redis 7 says so of a command that a script calls without the right to.
            if line.starts(with: "ERR The user executing the script can't ".utf8) {
                self = .trouble(
                    .operatorMustAct(
                        reply: Self.printable(Array("NOPERM ".utf8) + line.dropFirst(4), StoreTrouble.maximumText)))
            } else {
                self = .trouble(.unknown(reply: Self.printable(line, StoreTrouble.maximumUnknownText)))
            }
        }
    }

    /// `host:port`, where the host may be an IPv6 address without brackets, or empty, or unknown to the server (`?`).
    private static func address(_ text: Substring) -> RedisAddress? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65535).contains(port), text[..<colon] != "?"
        else { return nil }
        return .tcp(host: String(text[..<colon]), port: port)
    }

    /// The first bytes, without what no terminal should get.
    static func printable(_ bytes: some Sequence<UInt8>, _ count: Int) -> String {
        String(decoding: bytes.prefix(count).map { (0x20..<0x7F).contains($0) ? $0 : 0x3F }, as: UTF8.self)
    }
}
