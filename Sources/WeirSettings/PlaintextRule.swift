/// Plain HTTP carries a token in the clear, so it stays on the machine unless asked for.
enum PlaintextRule {
    /// Whether the address is encrypted, or does not leave the machine.
    static func allows(_ url: String) -> Bool {
        guard url.hasPrefix("http://") else { return true }
        let authority = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" }
        let host = authority.split(separator: "@").last ?? authority[...]
        if host.hasPrefix("[::1]") { return true }
        let name = host.prefix { $0 != ":" }
        return name == "localhost" || name.hasPrefix("127.") && name.allSatisfy { $0.isNumber || $0 == "." }
    }
}
