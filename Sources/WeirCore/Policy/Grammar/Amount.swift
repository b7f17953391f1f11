/// A number with an optional size: `200`, `10k`, `5GB`. Keeps the suffix, so that it prints as it was written.
package struct Amount: Equatable, Sendable {
    package let number: Int64
    package let suffix: Suffix

    package enum Suffix: String, CaseIterable, Sendable {
        case none = ""
        case k, M, G
        case kB, MB, GB, TB
        case KiB, MiB, GiB, TiB

        package var factor: Int64 {
            switch self {
            case .none: 1
            case .k, .kB: 1_000
            case .M, .MB: 1_000_000
            case .G, .GB: 1_000_000_000
            case .TB: 1_000_000_000_000
            case .KiB: 1 << 10
            case .MiB: 1 << 20
            case .GiB: 1 << 30
            case .TiB: 1 << 40
            }
        }

        package var isBytes: Bool { rawValue.hasSuffix("B") }
    }

    /// Nil when number × suffix does not fit 64 bits.
    package init?(_ number: Int64, _ suffix: Suffix = .none) {
        guard !number.multipliedReportingOverflow(by: suffix.factor).overflow else { return nil }
        self.number = number
        self.suffix = suffix
    }

    /// The amount in single tokens or bytes.
    package var value: Int64 { number * suffix.factor }
}

extension Amount: CustomStringConvertible {
    package var description: String { "\(number)\(suffix.rawValue)" }
}
