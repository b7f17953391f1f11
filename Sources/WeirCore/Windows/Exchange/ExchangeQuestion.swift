/// What an agent says in one exchange: what its windows hold and want, and usage to be counted before they are looked at.
package struct ExchangeQuestion: Equatable, Sendable {
    /// A grant and what is said of its window.
    package struct Window: Equatable, Sendable {
        package var grant: RecordID
        package var call: WindowCall

        package init(grant: RecordID, call: WindowCall) {
            self.grant = grant
            self.call = call
        }
    }

    /// The run of the agent whose windows these are.
    package var incarnation: Hash128
    package var windows: [Window]
    /// Earlier runs of the same agent, whose usage was delivered to the last cell: their windows are over.
    package var over: [Hash128]
    /// A batch of usage, as `POST /v1/usage` takes it; empty for none.
    package var usage: [UInt8]

    package init(incarnation: Hash128, windows: [Window], over: [Hash128] = [], usage: [UInt8] = []) {
        self.incarnation = incarnation
        self.windows = windows
        self.over = over
        self.usage = usage
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        WindowExchange.append(
            [
                WindowExchange.name.description, "\(WindowExchange.format)", incarnation.hex, "\(windows.count)",
                "\(over.count)", "\(usage.count)",
            ], to: &bytes)
        for window in windows {
            let call = window.call
            WindowExchange.append(
                [
                    "window", window.grant.text(RecordID.grant), "\(call.granted)", "\(call.returned)", "\(call.want)",
                    "\(call.need)", call.isOver ? "1" : call.isAlive ? "2" : "0", "\(call.sentAt)",
                ], to: &bytes)
        }
        for incarnation in over { WindowExchange.append(["over", incarnation.hex], to: &bytes) }
        return bytes + usage
    }

    /// Reads what `bytes` writes. Sizes are checked before anything is kept.
    package init(reading bytes: RawSpan) throws(PolicyDocumentError) {
        var offset = 0
        var head = try WindowExchange.line(1, bytes, &offset)
        try WindowExchange.expect(WindowExchange.name, "name", &head, bytes)
        _ = try head.number("format", WindowExchange.format...WindowExchange.format, in: bytes)
        incarnation = try WindowExchange.incarnation("incarnation", &head, bytes)
        let count = try head.number("windows", 0...Int64(WindowExchange.maximumWindows), in: bytes)
        let overCount = try head.number("over", 0...Int64(WindowExchange.maximumOver), in: bytes)
        let usageCount = Int(try head.number("usage", 0...Int64(Int32.max), in: bytes))
        (windows, over) = ([], [])
        for _ in 0..<count {
            var line = try WindowExchange.line(windows.count + 2, bytes, &offset)
            try WindowExchange.expect("window", "record", &line, bytes)
            windows.append(try Self.window(&line, bytes))
        }
        for _ in 0..<overCount {
            var line = try WindowExchange.line(windows.count + over.count + 2, bytes, &offset)
            try WindowExchange.expect("over", "record", &line, bytes)
            over.append(try WindowExchange.incarnation("incarnation", &line, bytes))
        }
        guard bytes.byteCount - offset == usageCount else {
            throw PolicyDocumentError(
                line: 0, field: "usage", expected: "\(usageCount) bytes behind the lines",
                found: "\(bytes.byteCount - offset)")
        }
        usage = unsafe bytes.extracting(offset..<bytes.byteCount).withUnsafeBytes { unsafe Array($0) }
    }

    private static func window(_ line: inout PolicyLine, _ bytes: RawSpan) throws(PolicyDocumentError) -> Window {
        let amounts = WindowExchange.amounts
        let grant = try line.id("grant", RecordID.grant, in: bytes)
        let granted = try line.number("granted", amounts, in: bytes)
        let returned = try line.number("returned", amounts, in: bytes)
        let want = try line.number("want", amounts, in: bytes)
        let need = try line.number("need", amounts, in: bytes)
        let over = try line.number("over", 0...2, in: bytes)
        return Window(
            grant: grant,
            call: WindowCall(
                granted: granted, returned: returned, want: want, need: need, isOver: over == 1, isAlive: over == 2,
                sentAt: try line.number("sent", amounts, in: bytes)))
    }
}
