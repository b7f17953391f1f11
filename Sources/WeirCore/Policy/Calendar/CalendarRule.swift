/// A rule by which time falls into parts: windows that follow each other, or spans in which a limit holds.
package enum CalendarRule: Equatable, Sendable {
    /// `10k/month from 15 in Europe/Berlin`: each part is a window.
    case windows(count: Int64, LimitKind.WindowUnit, from: Anchor?, zone: String)
    /// `during mon-fri 09:00-18:00 in Asia/Shanghai`: parts are open and closed in turn.
    case spans([Span], zone: String)
}

extension CalendarRule: CustomStringConvertible {
    /// The rule as the grammar writes it: rules with the same text have the same parts.
    package var description: String {
        switch self {
        case .windows(let count, let unit, let anchor, let zone):
            "\(count == 1 ? "" : "\(count)")\(unit.rawValue)\(anchor.map { " from \($0)" } ?? "") in \(zone)"
        case .spans(let spans, let zone): "during \(spans.map(\.description).joined(separator: ", ")) in \(zone)"
        }
    }
}

extension LimitStatement {
    /// The windows that the limit counts in; nil when it counts in none.
    func windows(defaultZone: String) -> CalendarRule? {
        guard case .window(_, let count, let unit, _) = kind else { return nil }
        return .windows(count: count, unit, from: anchor, zone: zone ?? defaultZone)
    }

    /// The spans in which the limit holds; nil when it always does.
    func spans(defaultZone: String) -> CalendarRule? {
        for case .during(let spans) in clauses { return .spans(spans, zone: zone ?? defaultZone) }
        return nil
    }

    var zone: String? {
        for case .zone(let zone) in clauses { return zone }
        return nil
    }

    var anchor: Anchor? {
        for case .anchor(let anchor) in clauses { return anchor }
        return nil
    }
}
