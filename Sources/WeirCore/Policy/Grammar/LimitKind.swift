/// What a limit counts in: a bucket that refills steadily, a window of the calendar, or slots.
package enum LimitKind: Equatable, Sendable {
    /// `5/15min`: `amount` tokens made anew every `count` units of time, steadily.
    case bucket(Amount, count: Int64, BucketUnit)
    /// `10k/month`, `quota 60/h`: `amount` in each window of the calendar.
    case window(Amount, count: Int64, WindowUnit, isQuota: Bool)
    /// `10 concurrent`.
    case slots(Int64)

    /// The units of a bucket.
    package enum BucketUnit: String, CaseIterable, Sendable {
        case ms, s, min, h

        package var microseconds: Int64 {
            switch self {
            case .ms: 1_000
            case .s: 1_000_000
            case .min: 60_000_000
            case .h: 3_600_000_000
            }
        }
    }

    /// The units of a window; minutes and hours only behind the word `quota`.
    package enum WindowUnit: String, CaseIterable, Sendable {
        case min, h, day, week, month, quarter, year
    }

    /// A word for messages and for the identity of counters.
    package var word: String {
        switch self {
        case .bucket: "bucket"
        case .window: "window"
        case .slots: "slots"
        }
    }
}

extension LimitKind: CustomStringConvertible {
    package var description: String {
        switch self {
        case .bucket(let amount, let count, let unit): "\(amount)/\(count == 1 ? "" : "\(count)")\(unit.rawValue)"
        case .window(let amount, let count, let unit, let isQuota):
            (isQuota ? "quota " : "") + "\(amount)/\(count == 1 ? "" : "\(count)")\(unit.rawValue)"
        case .slots(let count): "\(count) concurrent"
        }
    }
}
