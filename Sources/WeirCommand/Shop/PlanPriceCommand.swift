import ArgumentParser

/// `weir plan price`: what would have been paid?
struct PlanPriceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "price",
        abstract: "Say what usage that is over would have cost under a plan's file, and for whom that is a change.",
        discussion: """
            Nothing is published. Consumers are those with a contract to the file's plan, or to any plan of its products where it is not sold
            yet.

            Examples:
              weir plan price starter.plan --usage last-month
              weir plan price new.plan --of starter --usage 2026-10-01..2026-11-01 --zone Asia/Shanghai
            """)

    @Argument(help: "The plan's file; - reads standard input.")
    var file: String

    @Option(help: "last-month, last-week, or FROM..TO such as 2026-10-01..2026-11-01 (last-month).")
    var usage: String?

    @Option(help: "The time zone whose months, weeks and days these are (UTC).")
    var zone: String?

    @Option(help: "Only contracts to this plan.")
    var of: String?

    @OptionGroup var output: ShopOutput

    func run() async throws {
        var body: [String: ShopValue] = ["text": .text(try PlanFile.read(file))]
        body.set("usage", usage)
        body.set("zone", zone)
        body.set("of", of)
        let reply = try await PlanFile.placed(file) { try await ShopClient().post("/v1/plans/quote", body) }
        if output.json { return print(reply.text) }
        show(reply.value)
    }

    private func show(_ value: ShopValue) {
        print("\(value["plan"].shown), from \(value["from"].shown) to \(value["to"].shown) (\(value["zone"].shown))\n")
        guard case .list(let consumers) = value["consumers"], !consumers.isEmpty else {
            return print("nobody has a contract that this would change")
        }
        var table = TextTable(
            ["consumer", "plan", "now", "then", "change \(value["currency"].shown)", ""], rightAligned: [2, 3, 4])
        for row in consumers {
            table.add([
                row["consumer"].shown, row["before"]["plan"].shown, row["before"]["total"].shown,
                row["after"]["total"].shown, Self.signed(row["change"].shown), Self.notes(row["after"]),
            ])
        }
        table.add(["all", "", value["before"].shown, value["after"].shown, "", ""])
        print(table.text)
        print(
            "\n\(value["more"].shown) would pay more, \(value["less"].shown) less, \(value["same"].shown) the same; "
                + "\(value["denied"].shown) would be denied calls that they make now")
        if case .list(let meters) = value["approximate"], !meters.isEmpty {
            print("at most: usage does not tell which calls the filters of \(value["approximate"].shown) take")
        }
        if case .list(let skipped) = value["skipped"], !skipped.isEmpty {
            print("left out, as they pay in another currency: \(value["skipped"].shown)")
        }
    }

    private static func signed(_ amount: String) -> String {
        let isNothing = amount.allSatisfy { $0 == "0" || $0 == "." }
        return amount.hasPrefix("-") || isNothing ? amount : "+\(amount)"
    }

    private static func notes(_ quote: ShopValue) -> String {
        var notes: [String] = []
        if case .list(let meters) = quote["meters"] {
            for meter in meters where meter["denied"] != .number(0) {
                notes.append("\(meter["denied"].shown) \(meter["meter"].shown) denied")
            }
        }
        if case .number(let purchases) = quote["purchases"], purchases > 0 { notes.append("\(purchases) bought") }
        if case .text(let beyond) = quote["beyond_limit"] { notes.append("\(beyond) beyond the credit limit") }
        return notes.joined(separator: "; ")
    }
}
