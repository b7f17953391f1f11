import WeirCore

/// A request that an agent is asked about.
public struct WeirRequest: Sendable {
    /// Attributes by name: `ip`, `method`, `path`, `host`, `api_key`, `user`, `consumer`, `plan`, or a name of your
    /// own.
    public var attributes: [(name: String, value: String)]
    /// Units that the request takes.
    public var cost: UInt32
    /// Decide, but take and count nothing.
    public var isPeek: Bool
    /// The cost is an estimate, which a report settles.
    public var isReserve: Bool

    /// Makes a request; an empty value counts as a missing attribute.
    public init(
        _ attributes: KeyValuePairs<String, String> = [:], cost: UInt32 = 1, isPeek: Bool = false,
        isReserve: Bool = false
    ) {
        self.attributes = attributes.map { ($0.key, $0.value) }
        self.cost = cost
        self.isPeek = isPeek
        self.isReserve = isReserve
    }

    var draft: CheckDraft {
        CheckDraft(
            attributes: attributes.map { ($0.name, Array($0.value.utf8)) }, cost: cost, isPeek: isPeek,
            isReserve: isReserve)
    }
}
