/// Finding the statements that a request matches.
extension CompiledPolicy {
    /// The first route whose methods and path match; -1 for none.
    func route(_ facts: inout Facts, _ request: RawSpan) -> Int {
        for index in 0..<tables.value.routes.count {
            let route = tables.value.routes[index]
            if route.methods >= 0 {
                let matches = facts.withValue(.method, request, self) { contains($0, set: Int(route.methods)) }
                guard matches == true else { continue }
            }
            if facts.withValue(.path, request, self, { contains($0, set: Int(route.path)) }) == true { return index }
        }
        return -1
    }

    /// The first `deny` that matches; -1 for none.
    func denial(_ facts: inout Facts, _ request: RawSpan) -> Int {
        for index in 0..<tables.value.denials.count where holds(tables.value.denials[index].conditions, &facts, request)
        { return index }
        return -1
    }

    /// Whether all conditions hold; none hold always.
    @inline(__always)
    func holds(_ range: IndexRange, _ facts: inout Facts, _ request: RawSpan) -> Bool {
        for index in range.range where !holds(tables.value.conditions[index], &facts, request) { return false }
        return true
    }

    private func holds(_ condition: CompiledCondition, _ facts: inout Facts, _ request: RawSpan) -> Bool {
        switch condition.test {
        case .isPresent: facts.has(condition.slot, self)
        case .isAbsent: !facts.has(condition.slot, self)
        case .isOneOf: isIn(condition, &facts, request)
        case .isNoneOf: !isIn(condition, &facts, request)
        }
    }

    private func isIn(_ condition: CompiledCondition, _ facts: inout Facts, _ request: RawSpan) -> Bool {
        if condition.slot == .ip {
            guard let address = facts.address else { return false }
            return contains(address, in: tables.value.sets[Int(condition.set)].addresses.range)
        }
        return facts.withValue(condition.slot, request, self) { contains($0, set: Int(condition.set)) } ?? false
    }

    /// Whether one of merged ranges holds the address.
    private func contains(_ address: IPAddress, in range: Range<Int>) -> Bool {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low &+ high) / 2
            if tables.value.addresses[middle].last < address { low = middle &+ 1 } else { high = middle }
        }
        return low < range.upperBound && tables.value.addresses[low].first <= address
    }

    private func contains(_ value: RawSpan, set index: Int) -> Bool {
        let set = tables.value.sets[index]
        if containsLiteral(value, in: set.literals.range) { return true }
        for pattern in set.patterns.range {
            if tables.value.bytes.withBytes(tables.value.patterns[pattern].range, { Glob.matches(value, pattern: $0) })
            {
                return true
            }
        }
        return false
    }

    /// Searches texts that lie shorter first, then byte by byte.
    private func containsLiteral(_ value: RawSpan, in range: Range<Int>) -> Bool {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low &+ high) / 2
            let order = tables.value.bytes.withBytes(tables.value.literals[middle].range) { Self.order($0, value) }
            if order == 0 { return true }
            if order < 0 { low = middle &+ 1 } else { high = middle }
        }
        return false
    }

    private static func order(_ left: RawSpan, _ right: RawSpan) -> Int {
        if left.byteCount != right.byteCount { return left.byteCount &- right.byteCount }
        for offset in 0..<left.byteCount where left.byte(offset) != right.byte(offset) {
            return Int(left.byte(offset)) &- Int(right.byte(offset))
        }
        return 0
    }

    /// The limit key of a request under a limit; nil when the request lacks an attribute of its `by` list.
    @inline(__always)
    func key(of limit: Int, _ facts: inout Facts, _ request: RawSpan) -> Hash128? {
        if tables.value.limits[limit].keys.isEmpty { return tables.value.limits[limit].identity }
        var hash = SipHash128(key: tables.value.limits[limit].identity)
        for index in tables.value.limits[limit].keys.range {
            let key = tables.value.keys[index]
            if key.slot == .ip, let address = facts.address {
                let prefix = address.prefix(ipv4: Int(key.ipv4Bits), ipv6: Int(key.ipv6Bits))
                hash.append(UInt64.max)
                hash.append(prefix.high)
                hash.append(prefix.low)
            } else if facts.withValue(key.slot, request, self, { hash.appendCounted($0) }) == nil {
                return nil
            }
        }
        return hash.finish()
    }

    /// Tokens that a limit takes for a request of this cost; saturates.
    @inline(__always)
    func tokens(_ limit: Int, cost: UInt64, _ facts: inout Facts, _ request: RawSpan) -> Int64 {
        var tokens: Int64 = 1
        for index in tables.value.limits[limit].prices.range
        where holds(tables.value.prices[index].conditions, &facts, request) {
            tokens = tables.value.prices[index].tokens
            break
        }
        if tables.value.limits[limit].countsCalls { return tokens }
        let (product, overflow) = tokens.multipliedReportingOverflow(by: Int64(clamping: cost))
        return overflow ? .max : product
    }
}
