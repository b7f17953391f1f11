import FoundationEssentials
import HTTPTypes
import WeirCore
import WeirStore

/// The query string of `GET /v1/usage`, understood.
struct UsageQuestion: Equatable {
    enum Format: String, CaseIterable {
        case json, csv
    }

    /// Hours that are asked for when no `from` is given.
    private static let defaultHours: Int64 = 24
    /// Values of one filter.
    private static let maximumValues = 100

    private(set) var query: UsageQuery
    let format: Format

    /// The parameters, for the API's document.
    static let fields =
        [
            Field(
                optional: "from", .text(10...20), "the first hour: 2026-11-21 or 2026-11-21T03:00:00Z (24 hours ago)"),
            Field(optional: "to", .text(10...20), "the end, not included (now)"),
            Field(
                optional: "granularity", .choice(UsageQuery.Granularity.allCases.map(\.rawValue)),
                "how much time a row spans (hour)"),
            Field(optional: "by", .text(0...200), "what rows are told apart by, with commas between (all)"),
            Field(optional: "format", .choice(Format.allCases.map(\.rawValue)), "the form of the answer (json)"),
        ]
        + UsageQuery.Dimension.allCases.map { dimension in
            Field(optional: dimension.rawValue, .text(0...255), "only where it is this; may be repeated")
        }

    /// Leaves only what is a consumer's own.
    mutating func restrict(toConsumer consumer: String) throws(Problem) {
        if let asked = query.filters[.consumer], asked != [consumer] {
            throw Problem(.forbidden, [Fault(field: "consumer", detail: "the token is another consumer's")])
        }
        query.filters[.consumer] = [consumer]
    }

    /// Leaves only what is of a provider's products.
    mutating func restrict(toProducts products: [String]) throws(Problem) {
        if let other = query.filters[.product]?.first(where: { !products.contains($0) }) {
            throw Problem(
                .forbidden,
                [Fault(field: "product", detail: "the token's provider has no product \"\(other.prefix(80))\"")])
        }
        // No product is called so: a provider that has none sees nothing.
        if query.filters[.product] == nil { query.filters[.product] = products.isEmpty ? ["-"] : products }
    }

    /// - Parameter parameters: names and values as they came; filters may come several times.
    /// - Throws: what is wrong, naming the parameter.
    init(_ parameters: [(String, String)], now: Date) throws(Problem) {
        var from: Int64?
        var to: Int64?
        var granularity = UsageQuery.Granularity.hour
        var dimensions = UsageQuery.Dimension.allCases
        var filters: [UsageQuery.Dimension: [String]] = [:]
        var format = Format.json
        for (name, value) in parameters {
            switch name {
            case "from": from = try Self.hour(name, value, isEnd: false)
            case "to": to = try Self.hour(name, value, isEnd: true)
            case "granularity": granularity = try Self.choice(name, value)
            case "format": format = try Self.choice(name, value)
            case "by": dimensions = try Self.dimensions(value)
            default:
                guard let dimension = UsageQuery.Dimension(rawValue: name) else { throw Self.unknown(name) }
                if dimension == .outcome, Outcome(name: value) == nil {
                    let meant =
                        Suggestion.nearest(to: value, among: Outcome.all.map(\.name)).map { ": try \($0)" } ?? ""
                    throw Problem(
                        .badRequest,
                        "outcome: expected an outcome such as admitted, 2xx or denied-rate, found \"\(value)\"\(meant)")
                }
                filters[dimension, default: []].append(value)
                guard filters[dimension, default: []].count <= Self.maximumValues else {
                    throw Problem(.badRequest, "\(name): expected at most \(Self.maximumValues) values")
                }
            }
        }
        let thisHour = Int64(now.timeIntervalSince1970) / 3_600
        let end = to ?? thisHour + 1
        let start = from ?? end - Self.defaultHours
        guard start < end else { throw Problem(.badRequest, "from: expected a time before to") }
        query = UsageQuery(hours: start..<end, granularity: granularity, dimensions: dimensions, filters: filters)
        self.format = format
    }

    private static func unknown(_ name: String) -> Problem {
        let known = ["from", "to", "granularity", "by", "format"] + UsageQuery.Dimension.allCases.map(\.rawValue)
        let meant = Suggestion.nearest(to: name, among: known).map { ": try \($0)" } ?? ""
        return Problem(.badRequest, "\(name): expected one of \(known.joined(separator: ", "))\(meant)")
    }

    private static func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, _ text: String
    ) throws(Problem) -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: text) else {
            let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.badRequest, "\(name): expected one of \(all), found \"\(text)\"")
        }
        return value
    }

    private static func dimensions(_ text: String) throws(Problem) -> [UsageQuery.Dimension] {
        var dimensions: [UsageQuery.Dimension] = []
        for part in text.split(separator: ",") {
            let dimension: UsageQuery.Dimension = try choice("by", String(part))
            if !dimensions.contains(dimension) { dimensions.append(dimension) }
        }
        return dimensions
    }

    /// `2026-11-21` or `2026-11-21T03:00:00Z`, as an hour. An end within an hour includes it.
    private static func hour(_ name: String, _ text: String, isEnd: Bool) throws(Problem) -> Int64 {
        let isDay = text.count == 10
        let full = isDay ? "\(text)T00:00:00Z" : text
        // Read back, as the 30th of February is taken for a day in March.
        guard let date = try? Date(full, strategy: .iso8601), date.formatted(.iso8601) == full else {
            throw Problem(
                .badRequest, "\(name): expected a time such as 2026-11-21 or 2026-11-21T03:00:00Z, found \"\(text)\"")
        }
        let seconds = Int64(date.timeIntervalSince1970)
        return isEnd ? (seconds + 3_599) / 3_600 : seconds / 3_600
    }
}
