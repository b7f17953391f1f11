import FoundationEssentials

/// Times on the wire: ISO 8601, UTC, whole seconds: `2026-11-21T03:00:00Z`.
enum WireTime {
    /// From 1970 to the end of 9999.
    static let bounds: ClosedRange<Int64> = 0...253_402_300_799

    /// Seconds since 1970; nil for what is no such time.
    static func seconds(_ text: String) -> Int64? {
        // Read back, as the 30th of February is taken for a day in March.
        guard text.utf8.count == 20, let date = try? Date(text, strategy: .iso8601), date.formatted(.iso8601) == text
        else { return nil }
        let seconds = Int64(date.timeIntervalSince1970)
        return bounds.contains(seconds) ? seconds : nil
    }

    static func text(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }
}

extension JSONValue {
    static func time(_ seconds: Int64?) -> JSONValue { seconds.map { .text(WireTime.text($0)) } ?? .null }
}
