import Testing

import WeirRedis

/// Which reply asks for what, word by word.
@Suite struct ReplyClassTests {
    private func of(_ line: String) -> ReplyClass { ReplyClass(Array(line.utf8)) }

    @Test(arguments: ["LOADING", "BUSY"])
    func whatPassesIsTriedAgain(_ word: String) {
        #expect(of("\(word) text") == .trouble(.retrySoon(reply: "\(word) text")))
    }

    @Test(arguments: ["READONLY", "MASTERDOWN", "CLUSTERDOWN"])
    func whatAnotherNodeMustAnswerIsTold(_ word: String) {
        #expect(of("\(word) text") == .trouble(.wrongNode(reply: "\(word) text")))
    }

    @Test(arguments: ["NOAUTH", "WRONGPASS", "NOPERM", "OOM", "MISCONF", "NOREPLICAS", "WRONGTYPE"])
    func whatAnOperatorMustMendIsTold(_ word: String) {
        #expect(of("\(word) text") == .trouble(.operatorMustAct(reply: "\(word) text")))
    }

    @Test func redirectionsAreRead() {
        #expect(of("MOVED 3999 10.0.0.1:6381") == .moved(slot: 3999, to: .tcp(host: "10.0.0.1", port: 6381)))
        #expect(of("MOVED 0 2001:db8::1:6381") == .moved(slot: 0, to: .tcp(host: "2001:db8::1", port: 6381)))
        #expect(of("ASK 3999 :6381") == .ask(to: .tcp(host: "", port: 6381)))
        #expect(of("TRYAGAIN later") == .tryAgain(.retrySoon(reply: "TRYAGAIN later")))
        #expect(of("NOSCRIPT No matching script.") == .loadScript)
    }

    @Test(arguments: [
        "MOVED", "MOVED 1", "MOVED 16384 a:1", "MOVED -1 a:1", "MOVED 1 a", "MOVED 1 a:0", "MOVED 1 ?:1", "ASK",
        "ASK 1 a:x",
    ])
    func aRedirectionToNowhereIsATrouble(_ line: String) {
        #expect(of(line) == .trouble(.wrongNode(reply: line)))
    }

    @Test func aCommandThatAScriptMayNotCallIsAMissingRight() {
        let line = "ERR The user executing the script can't run this command or subcommand script: 0a"
        guard case .trouble(let trouble) = of(line) else { return #expect(Bool(false)) }
        #expect(trouble.label == "noperm")
        #expect("\(trouble)".hasPrefix("NOPERM The user executing the script can't run"))
    }

    @Test func ofWhatNobodyExpectsAShortAndHarmlessPieceIsKept() {
        #expect(of("") == .trouble(.unknown(reply: "")))
        let line = "WHAT\u{1b}[2J" + String(repeating: "x", count: 100)
        #expect(of(line) == .trouble(.unknown(reply: "WHAT?[2J" + String(repeating: "x", count: 56))))
    }
}
