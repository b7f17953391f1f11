import Foundation
import WeirCalendar
import WeirCore

/// Microseconds since 1970 of `2026-03-29T01:00:00Z` (or without seconds: `2026-03-29T01:00Z`).
func instant(_ text: String) -> Int64 {
    let full = text.count == 17 ? "\(text.dropLast())" + ":00Z" : text
    guard let date = try? Date(full, strategy: .iso8601) else { preconditionFailure("no time: \(text)") }
    return Int64(date.timeIntervalSince1970) * 1_000_000
}

/// The instant as `2026-03-29T01:00Z`.
func text(_ instant: Int64) -> String {
    let full = Date(timeIntervalSince1970: TimeInterval(instant / 1_000_000)).formatted(.iso8601)
    return full.hasSuffix(":00Z") ? "\(full.dropLast(4))Z" : full
}

/// The first boundaries of the windows of a statement such as `5/month from 31 in Europe/Berlin`.
func starts(_ statement: String, at time: String, count: Int = 4) throws -> [String] {
    let almanac = ZoneAlmanac()
    let policy = try Policy([PolicySource(name: "p", text: statement)], almanac: almanac)
    let compiled = CompiledPolicy(policy, namespace: Hash128(low: 1, high: 2))
    return almanac.timeline(compiled.calendar[0], at: instant(time)).boundaries.prefix(count).map { text($0) }
}
