/// `weir usage --billing`: which calls were billed, and why the others were not.
extension UsageCommand {
    private static let places = ["consumer", "product", "plan"]

    func showBilling() async throws {
        var query: [(String, String?)] = []
        if let from { query.append(("usage", "\(from)..\(to ?? Self.tomorrow)")) }
        for filter in filter {
            let parts = filter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard Self.places.contains(parts[0]) else {
                throw CommandFailure.negative(
                    "--filter: expected one of \(Self.places.joined(separator: ", ")) with --billing, found \(parts[0])"
                )
            }
            query.append((parts[0], parts[1]))
        }
        let reply = try await ShopClient().get("/v1/usage/billing", query)
        if json { return print(reply.text) }
        guard case .list(let rows) = reply.value["rows"], !rows.isEmpty else {
            return print("no usage under contracts in this time")
        }
        var table = TextTable(["consumer", "plan", "meter", "", "calls", "units"], rightAligned: [4, 5])
        for row in rows {
            let head = [row["consumer"].shown, "\(row["plan"].shown) \(row["version"].shown)", row["meter"].shown]
            table.add(head + ["billed", row["billed"].shown, row["units"].shown])
            guard case .list(let reasons) = row["unbilled"] else { continue }
            for reason in reasons { table.add(head + [reason["reason"].shown, reason["calls"].shown, ""]) }
        }
        print(table.text)
    }

    /// Far enough ahead: an end that nobody names is now.
    private static var tomorrow: String { "9999-12-31" }
}
