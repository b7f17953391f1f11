import ArgumentParser

/// `weir explain-bill`: how did a line of an invoice come about?
struct ExplainBillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain-bill",
        abstract: "Compute a line of an invoice again: from its hours, its agents, its plan's version and its price.",
        discussion: """
            Ends with 1 when something does not agree.

            Example:
              weir explain-bill ACME-000042 3
            """)

    @Argument(help: "The number of the invoice.")
    var invoice: String

    @Argument(help: "The line, from 1.")
    var line: Int

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let reply = try await ShopClient().get(
            "/v1/invoices/\(ShopClient.escaped(invoice))/lines/\(line)/explanation")
        print(json ? reply.text : Self.text(reply.value))
        guard reply.value["agrees"] == .flag(true) else {
            throw CommandFailure.negative(json ? "" : "the line does not agree with what it was made of")
        }
    }

    /// An explanation for people.
    static func text(_ value: ShopValue) -> String {
        let meter = value["meter"] == .null ? "" : " of \(value["meter"].shown)"
        var lines = [
            "line \(value["line"].shown) of \(value["invoice"].shown): \(value["kind"].shown)\(meter), contract \(value["contract"].shown), plan \(value["plan"].shown) \(value["plan_version"].shown)"
        ]
        if case .list(let hours) = value["hours"], !hours.isEmpty {
            var table = TextTable(["hour", "agent", "run", "units"], rightAligned: [3])
            for hour in hours { table.add(["start", "agent", "incarnation", "units"].map { hour[$0].shown }) }
            lines += ["", table.text]
            for (name, meaning) in [
                ("units_before", "on earlier lines"), ("units_after", "have come since, for a later line"),
                ("units_forgiven", "nobody pays: their window had been given up"),
            ] where value[name] != .number(0) {
                lines.append("\(value[name].shown) of them: \(meaning)")
            }
            lines.append("")
        }
        if case .list(let steps) = value["steps"] { lines += steps.map(\.shown) }
        if case .list(let differences) = value["differences"] { lines += differences.map { "DIFFERS  \($0.shown)" } }
        return lines.joined(separator: "\n")
    }
}
