/// What a limit counts of a request.
package enum Measure: UInt8, BitwiseCopyable, Sendable {
    case units, calls
    case bytesIn, bytesOut
    /// Answers of certain statuses.
    case answers

    /// Whether only a report tells how much it is: a check takes nothing, and needs that the limit is not spent.
    package var isReported: Bool {
        @inline(__always) get { rawValue >= Measure.bytesIn.rawValue }
    }

    init(_ counting: Clause.Counting?) {
        switch counting {
        case nil, .units: self = .units
        case .calls: self = .calls
        case .bytesIn: self = .bytesIn
        case .bytesOut: self = .bytesOut
        case .answers: self = .answers
        }
    }
}
