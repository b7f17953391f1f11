package import WeirCore

/// What all agents together may admit of one limit key.
package enum Bound: Equatable, Sendable, CustomStringConvertible {
    /// B + R·d in every interval of length d.
    case bucket(LimitTerms)
    /// So many tokens in each window; of a window every one has a key of its own.
    case window(Int64)

    /// Tokens beyond the bound, over one key's records in the order of time.
    package func tokensOver(_ records: [AdmissionRecord]) -> Int64 {
        switch self {
        case .bucket(let terms): Envelope(terms).tokensOver(records)
        case .window(let amount): max(0, records.reduce(0) { $0 + $1.tokens } - amount)
        }
    }

    /// Tokens per second that time makes anew.
    package var perSecond: Double {
        switch self {
        case .bucket(let terms): Double(terms.numerator) / Double(terms.per) * 1e6
        case .window: 0
        }
    }

    /// Tokens that can be admitted at once.
    package var capacity: Int64 {
        switch self {
        case .bucket(let terms): terms.capacity
        case .window(let amount): amount
        }
    }

    package var description: String {
        switch self {
        case .bucket(let terms):
            perSecond >= 1
                ? "\(terms.capacity) + \(Int(perSecond))/s" : "\(terms.capacity) + \(Int(perSecond * 60))/min"
        case .window(let amount): "\(amount) in a window"
        }
    }
}
