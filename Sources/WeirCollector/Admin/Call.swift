import HTTPTypes
import FoundationEssentials
import WeirStore

/// A request that has been understood: who asks, and every field of its kind.
struct Call: Sendable {
    let principal: Principal
    let parameters: [String: String]
    let query: Fields
    let fields: Fields
    let now: Int64
    let mint: KeyMint
    /// What a list is told apart by, for its cursors.
    let list: String
    /// Behind which place a list begins; empty for its start.
    let place: String

    /// What varies in the path.
    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    // MARK: Pages

    static let defaultLimit: Int64 = 50
    static let limits: ClosedRange<Int64> = 1...500

    var limit: Int { Int(query.integer("limit") ?? Self.defaultLimit) }

    /// The place as a number, for lists in the order of numbers.
    var placeNumber: Int64 { Int64(place) ?? 0 }

    /// An answer with a page of a list.
    ///
    /// - Parameters:
    ///   - rows: one more than the page holds, where there are more.
    ///   - place: of a row, for the cursor behind it.
    func page<Row>(_ rows: [Row], place: (Row) -> String, _ value: (Row) -> JSONValue) -> Answer {
        let shown = rows.prefix(limit)
        let next = rows.count > limit ? shown.last.map { mint.secrets.cursor(place($0), in: list) } : nil
        return Answer(.ok, ["data": .list(shown.map(value)), "next_cursor": JSONValue(next)])
    }

    func page<Row: CatalogueRow>(_ rows: [Row], _ value: (Row) -> JSONValue) -> Answer {
        page(rows, place: \.id, value)
    }
}
