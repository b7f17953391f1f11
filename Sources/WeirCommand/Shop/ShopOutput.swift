import ArgumentParser

/// How a command shows what it gets: as a table for people, as JSON for programs.
struct ShopOutput: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false

    /// Shows a list, one row a line.
    ///
    /// - Parameter columns: names of members, and which are numbers.
    func show(_ rows: [ShopValue], _ columns: [String], numbers: Set<String> = [], none: String) throws {
        if json { return print(try JSONText.encode(rows)) }
        guard !rows.isEmpty else { return print(none) }
        let right = Set(columns.indices.filter { numbers.contains(columns[$0]) })
        var table = TextTable(columns.map { $0.replacing("_", with: " ") }, rightAligned: right)
        for row in rows { table.add(columns.map { row[$0].shown }) }
        print(table.text)
    }

    /// Shows one thing, a member a line.
    func show(_ reply: ShopReply, _ members: [String], of value: ShopValue? = nil) {
        if json { return print(reply.text) }
        let value = value ?? reply.value
        let shown = members.filter { value[$0] != .null }
        let width = shown.map(\.count).max() ?? 0
        for name in shown {
            let label = name.replacing("_", with: " ")
            print(label + String(repeating: " ", count: width - label.count + 2) + value[name].shown)
        }
    }
}

/// How much of a list is asked for.
struct ShopPaging: ParsableArguments {
    @Option(help: "How many rows at most.")
    var limit: Int = 10_000

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit: expected 1 or more") }
    }
}
