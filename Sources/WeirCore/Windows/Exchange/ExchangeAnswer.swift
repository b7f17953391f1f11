/// What a collector says to an exchange: of each window that was asked for, in the question's order.
package struct ExchangeAnswer: Equatable, Sendable {
    /// A grant and what is said of its window.
    package struct Window: Equatable, Sendable {
        package var grant: RecordID
        package var reply: WindowReply

        package init(grant: RecordID, reply: WindowReply) {
            self.grant = grant
            self.reply = reply
        }
    }

    /// Cells of usage that were taken.
    package var cells: Int64
    /// The number of the agent's last delivery before this one; -1 where the question was none.
    package var known: Int64
    package var windows: [Window]

    package init(cells: Int64, known: Int64, windows: [Window]) {
        self.cells = cells
        self.known = known
        self.windows = windows
    }

    private static let standings: [(CreditWindow.Standing, String)] = [
        (.open, "open"), (.empty, "empty"), (.closed, "closed"),
    ]

    private enum Word: String, CaseIterable { case open, empty, closed }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        WindowExchange.append(
            [
                WindowExchange.name.description, "\(WindowExchange.format)", "\(windows.count)", "\(cells)", "\(known)",
            ], to: &bytes)
        for window in windows {
            let reply = window.reply
            let standing = Self.standings.first { $0.0 == reply.standing }?.1 ?? "closed"
            WindowExchange.append(
                [
                    "window", window.grant.text(RecordID.grant), "\(reply.granted)", "\(reply.returned)",
                    "\(reply.seconds)", reply.recall ? "1" : "0", standing, "\(reply.sentAt)",
                ], to: &bytes)
        }
        return bytes
    }

    /// Reads what `bytes` writes.
    package init(reading bytes: RawSpan) throws(PolicyDocumentError) {
        var offset = 0
        var head = try WindowExchange.line(1, bytes, &offset)
        try WindowExchange.expect(WindowExchange.name, "name", &head, bytes)
        _ = try head.number("format", WindowExchange.format...WindowExchange.format, in: bytes)
        let count = try head.number("windows", 0...Int64(WindowExchange.maximumWindows), in: bytes)
        cells = try head.number("cells", WindowExchange.amounts, in: bytes)
        known = try head.number("known", -1...WindowExchange.amounts.upperBound, in: bytes)
        windows = []
        for _ in 0..<count {
            var line = try WindowExchange.line(windows.count + 2, bytes, &offset)
            try WindowExchange.expect("window", "record", &line, bytes)
            windows.append(try Self.window(&line, bytes))
        }
        guard offset == bytes.byteCount else {
            throw PolicyDocumentError(
                line: windows.count + 2, field: "record", expected: "nothing behind \(count) windows")
        }
    }

    private static func window(_ line: inout PolicyLine, _ bytes: RawSpan) throws(PolicyDocumentError) -> Window {
        let amounts = WindowExchange.amounts
        let grant = try line.id("grant", RecordID.grant, in: bytes)
        let granted = try line.number("granted", amounts, in: bytes)
        let returned = try line.number("returned", amounts, in: bytes)
        let seconds = try line.number("seconds", 0...86_400, in: bytes)
        let recall = try line.number("recall", 0...1, in: bytes) == 1
        let word: Word = try line.word("state", in: bytes)
        let standing = standings.first { $0.1 == word.rawValue }?.0 ?? .closed
        return Window(
            grant: grant,
            reply: WindowReply(
                granted: granted, returned: returned, seconds: seconds, recall: recall, standing: standing,
                sentAt: try line.number("sent", amounts, in: bytes)))
    }
}
