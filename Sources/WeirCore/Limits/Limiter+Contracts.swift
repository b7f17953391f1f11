/// Requests of products that the policy document sells: who asks, and whether he may at all.
extension Limiter {
    /// Whether the agent decides on keys.
    package var decidesOnKeys: Bool { mutating get { desk.value.isOpen } }

    /// Opens the desk, before the first check: from then on it may be given a book.
    package mutating func open(_ desk: consuming ContractDesk) { self.desk = Heap(desk) }

    /// Puts another book in force whose offers are those of the book before, so that the compiled policy fits it.
    ///
    /// - Returns: the book before, whose end is work that nobody should wait for.
    package mutating func adopt(_ book: consuming ContractBook) -> ContractBook { desk.value.exchange(book) }

    /// Puts another book in force together with the policy that its offers were compiled into.
    ///
    /// - Throws: when the tables have no room for the policy; then everything stays as it is.
    package mutating func adopt(
        _ book: consuming ContractBook, _ compiled: consuming CompiledPolicy, timelines: [Timeline]
    ) throws(PolicyRefusal) -> ContractBook {
        try adopt(compiled, timelines: timelines)
        return desk.value.exchange(book)
    }

    /// What the desk has done with keys.
    package var deskCounters: DeskCounters { mutating get { desk.value.counters } }

    /// Bytes of the cache of keys.
    package var keyCacheBytes: Int { mutating get { desk.value.cacheByteCount } }

    /// Finds out who asks for a product, and puts it in the facts.
    ///
    /// - Parameter rank: by which of the subscriptions that serve his key; 0 for the first that pays.
    /// - Returns: `ok`, or why he may not.
    mutating func identify(_ request: RawSpan, rank: Int = 0, now: Instant) -> Reason {
        guard desk.value.isOpen, let range = facts.attributes[.apiKey] else {
            desk.value.countMissing()
            return .keyMissing
        }
        let product = UInt32(facts.product)
        let (reason, entry) = desk.value.look(
            at: request.extracting(range.range), product: product, rank: rank,
            seconds: now.wallMicroseconds / 1_000_000, policy)
        if entry >= 0 {
            desk.value.identify(entry, &facts)
        } else {
            // One that nobody has leaves no trace, so that a spray of them fills nothing.
            facts.attributes.remove(.apiKey)
        }
        return reason
    }

    /// The answer to a key that may not pass.
    func refuse(_ reason: Reason) -> Decision {
        let status: UInt16 =
            switch reason {
            case .balance: 402
            case .noPlan: 403
            case .noPolicy: 503
            default: 401
            }
        return Decision(
            verdict: .deny, reason: reason, status: status, state: enforcement == .on ? .local : .shadow,
            retryAfterMicroseconds: reason == .noPolicy ? Self.policyRetry : CheckAnswer.never)
    }

    /// When to come back where no policy has come yet, in microseconds.
    private static var policyRetry: UInt64 { 1_000_000 }

    /// Lends what the answer to the last check tells: the name of a statement, and the consumer as the policy document says, else as the
    /// client did; empty for none.
    ///
    /// - Parameter request: what the attributes point into.
    @inline(__always)
    package mutating func withAnswerTexts(
        of statement: StatementIndex, in request: RawSpan, _ body: (_ name: RawSpan, _ consumer: RawSpan) -> Void
    ) {
        if facts.isIdentified {
            return policy.withName(of: statement) { name in facts.withConsumer { body(name, $0) } }
        }
        let range = facts.attributes[.consumer]?.range ?? 0..<0
        let consumer = request.extracting(range.upperBound <= request.byteCount ? range : 0..<0)
        policy.withName(of: statement) { body($0, consumer) }
    }

    /// Who the request in `attributes` is of, as the policy document has it; for somebody who wonders why.
    package mutating func explainKey(in bytes: RawSpan, now: Instant) -> KeyExplanation? {
        facts.derive(bytes, policy)
        guard facts.product >= 0 else { return nil }
        let reason = identify(bytes, now: now)
        func text(_ slot: AttributeSlot) -> String { facts.withValue(slot, bytes, policy) { $0.text } ?? "" }
        return KeyExplanation(
            product: text(.product), route: text(.route), reason: reason,
            status: reason == .ok ? 200 : refuse(reason).status,
            consumer: facts.isIdentified ? text(.consumer) : "", plan: text(.plan),
            contract: facts.isIdentified ? facts.withContract { $0.text } : "",
            key: facts.isIdentified ? facts.withKeyID { $0.text } : "")
    }
}
