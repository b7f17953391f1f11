/// What is fuzzed: readers of bytes that others wrote. Each has a property that holds for every input; an input that breaks it
/// traps, and is kept in `Tests/Fuzz/Failures`, which the ordinary tests replay.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// Frames of the native protocol.
    case frames
    /// Requests of the HTTP door.
    case http
    /// Frames of HAProxy's.
    case spoe
    /// The text of rules.
    case rules
    /// Environment variables.
    case settings
    /// Journal segments and batches.
    case journal
    /// Addresses, paths, patterns and tickets as text.
    case values
    /// Replies of Redis, and what a lease makes of their numbers.
    case replies
    /// Addresses of the shared store.
    case addresses
    /// Lines of access logs.
    case logs
    /// Policy documents of the collector.
    case policies
    /// The text of plans and of filters of meters.
    case plans
    /// JSON texts of the collector's API.
    case json
    /// Cursors of its lists.
    case cursors

    /// Checks the target's property; traps when it does not hold.
    package func check(_ input: [UInt8]) {
        switch self {
        case .frames: FrameProperty.check(input)
        case .http: HTTPProperty.check(input)
        case .spoe: SPOEProperty.check(input)
        case .rules: RuleProperty.check(input)
        case .settings: SettingsProperty.check(input)
        case .journal: JournalProperty.check(input)
        case .values: ValueProperty.check(input)
        case .replies: ReplyProperty.check(input)
        case .addresses: AddressProperty.check(input)
        case .logs: LogProperty.check(input)
        case .policies: PolicyDocumentProperty.check(input)
        case .plans: PlanProperty.check(input)
        case .json: JSONProperty.check(input)
        case .cursors: CursorProperty.check(input)
        }
    }
}
