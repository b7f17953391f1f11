import WeirCore

/// Reads the attributes of a check out of a request's head, as its dialect says.
struct HTTPQuestion {
    private let dialect: HTTPDialect
    private var isUndecodable = false
    private var cost: UInt64 = 1
    private var isPeek = false
    private var isReserve = false
    private var apiKey: ByteRange?
    private var authorization: ByteRange?
    private var envoyAddress: ByteRange?
    /// Attributes that a field has given, so that a second one does not outrank the first.
    private var given: UInt32 = 0

    /// Fills the limiter's attributes from the head.
    ///
    /// - Returns: nil when the request contradicts itself or a value is not what its field holds.
    static func read(
        _ head: borrowing HTTPHead, _ bytes: RawSpan, _ dialect: HTTPDialect, _ policy: HTTPPolicy,
        into limiter: inout Limiter
    ) -> CheckRequest? {
        var question = HTTPQuestion(dialect: dialect)
        limiter.attributes.clear()
        for index in 0..<head.fieldCount {
            let field = head.field(index)
            guard let name = HTTPHeaderName(bytes.extracting(field.name.range)) else { continue }
            question.take(name, field, bytes, policy, &limiter)
        }
        question.conclude(head, bytes, policy, &limiter)
        return question.isUndecodable
            ? nil : CheckRequest(cost: question.cost, isPeek: question.isPeek, isReserve: question.isReserve)
    }

    private init(dialect: HTTPDialect) { self.dialect = dialect }

    /// Notes one field, if the dialect reads it.
    private mutating func take(
        _ name: HTTPHeaderName, _ field: HTTPField, _ bytes: RawSpan, _ policy: HTTPPolicy, _ limiter: inout Limiter
    ) {
        switch (name, dialect) {
        case (.apiKey, _): Self.note(&apiKey, field.value, &isUndecodable)
        case (.authorization, _): Self.note(&authorization, bearer(field.value, bytes), &isUndecodable)
        case (.realIP, _) where dialect.isOfNginx: set(.ip, field.value, &limiter)
        case (.originalMethod, _) where dialect.isOfNginx: set(.method, field.value, &limiter)
        case (.originalURI, _) where dialect.isOfNginx: set(.path, field.value, &limiter)
        case (.host, _) where dialect.isOfNginx: set(.host, field.value, &limiter)
        case (.forwardedMethod, .forward): set(.method, field.value, &limiter)
        case (.forwardedURI, .forward): set(.path, field.value, &limiter)
        case (.host, .envoy), (.forwardedHost, .forward): set(.host, field.value, &limiter)
        case (.envoyAddress, .envoy): Self.note(&envoyAddress, field.value, &isUndecodable)
        case (.attribute, _): takeAttribute(field, bytes, policy, &limiter)
        case (.cost, .check):
            guard let number = HTTPHead.number(bytes.extracting(field.value.range)), number <= WireLimits.maximumCost
            else {
                isUndecodable = true
                return
            }
            cost = UInt64(number)
        case (.peek, .check): isPeek = bytes.extracting(field.value.range).equals("1")
        case (.reserve, .check): isReserve = bytes.extracting(field.value.range).equals("1")
        default: break
        }
    }

    /// Keeps the value of a field that may come once.
    private static func note(_ place: inout ByteRange?, _ value: ByteRange, _ isUndecodable: inout Bool) {
        if place != nil { isUndecodable = true }
        place = value
    }

    /// Sets an attribute that one field gives; an empty value is none.
    private mutating func set(_ slot: AttributeSlot, _ value: ByteRange, _ limiter: inout Limiter) {
        let bit = UInt32(1) << UInt32(slot.index)
        if given & bit != 0 { isUndecodable = true }
        given |= bit
        if !value.isEmpty { limiter.attributes.set(slot, value) }
    }

    /// What stands behind `Bearer `; empty for any other scheme, which is no key of ours.
    private func bearer(_ value: ByteRange, _ bytes: RawSpan) -> ByteRange {
        let text = bytes.extracting(value.range)
        guard text.byteCount > 7, text.extracting(0..<7).equals("Bearer ", ignoringCase: true) else {
            return ByteRange()
        }
        var start = 7
        while start < text.byteCount, text.byte(start) == UInt8(ascii: " ") { start &+= 1 }
        return ByteRange(Int(value.offset) + start..<Int(value.offset) + Int(value.count))
    }

    /// `Weir-Attr-Login-Name` is the attribute `login-name` or, where no rule has that, `login_name`.
    private mutating func takeAttribute(
        _ field: HTTPField, _ bytes: RawSpan, _ policy: HTTPPolicy, _ limiter: inout Limiter
    ) {
        let name = bytes.extracting(
            Int(field.name.offset) + HTTPHeaderName.attributePrefixBytes..<field.name.range.upperBound)
        guard name.byteCount <= WireLimits.maximumNameBytes else { return }
        var lowered = InlineArray<63, UInt8>(repeating: 0)
        for offset in 0..<name.byteCount { lowered[offset] = name.byte(offset).lowercasedASCII }
        for form in 0..<2 {
            if form == 1 {
                for offset in 0..<name.byteCount where lowered[offset] == UInt8(ascii: "-") {
                    lowered[offset] = UInt8(ascii: "_")
                }
            }
            let word = lowered.span.bytes.extracting(0..<name.byteCount)
            guard dialect == .check || policy.allows(word), let slot = limiter.slot(named: word) else { continue }
            set(slot, field.value, &limiter)
            return
        }
    }

    /// Sets what several fields, or the request line, decide together.
    private mutating func conclude(
        _ head: borrowing HTTPHead, _ bytes: RawSpan, _ policy: HTTPPolicy, _ limiter: inout Limiter
    ) {
        let key = apiKey.flatMap { $0.isEmpty ? nil : $0 } ?? authorization
        if let key, !key.isEmpty, !limiter.attributes.has(.apiKey) { limiter.attributes.set(.apiKey, key) }
        switch dialect {
        case .nginx, .accel, .check: break
        case .forward:
            if let address = forwardedFor(head, bytes, policy.trustedHops) { limiter.attributes.set(.ip, address) }
        case .envoy:
            let own = envoyAddress.flatMap { $0.isEmpty ? nil : $0 }
            if let address = own ?? forwardedFor(head, bytes, policy.trustedHops) {
                limiter.attributes.set(.ip, address)
            }
            limiter.attributes.set(.method, head.method)
            let start = Int(head.target.offset) + HTTPDialect.envoyPrefixBytes
            let path = start..<head.target.range.upperBound
            if !path.isEmpty { limiter.attributes.set(.path, ByteRange(path)) }
        }
    }

    /// The n-th entry of X-Forwarded-For from the right, over all its fields; the first one where there are fewer.
    private func forwardedFor(_ head: borrowing HTTPHead, _ bytes: RawSpan, _ hops: Int) -> ByteRange? {
        var left = hops
        var entry: ByteRange?
        var index = head.fieldCount
        while index > 0 {
            index &-= 1
            let field = head.field(index)
            guard case .forwardedFor? = HTTPHeaderName(bytes.extracting(field.name.range)) else { continue }
            var end = field.value.range.upperBound
            while end > field.value.range.lowerBound {
                var start = end
                while start > field.value.range.lowerBound, bytes.byte(start &- 1) != UInt8(ascii: ",") { start &-= 1 }
                if let part = trimmed(bytes, start..<end) {
                    entry = part
                    left &-= 1
                    if left == 0 { return entry }
                }
                end = start &- 1
            }
        }
        return entry
    }

    private func trimmed(_ bytes: RawSpan, _ range: Range<Int>) -> ByteRange? {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, bytes.byte(start) == UInt8(ascii: " ") || bytes.byte(start) == UInt8(ascii: "\t") {
            start &+= 1
        }
        while end > start, bytes.byte(end &- 1) == UInt8(ascii: " ") || bytes.byte(end &- 1) == UInt8(ascii: "\t") {
            end &-= 1
        }
        return start < end ? ByteRange(start..<end) : nil
    }
}
