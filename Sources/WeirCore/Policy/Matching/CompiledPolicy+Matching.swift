/// Finding the statements that a request matches.
extension CompiledPolicy {
    /// The first route of the agent's own whose methods and path match; -1 for none.
    func route(_ facts: inout Facts, _ request: RawSpan) -> Int {
        for index in 0..<tables.value.ownRouteCount {
            let route = tables.value.routes[index]
            if route.methods >= 0 {
                let matches = facts.withValue(.method, request, self) { contains($0, set: Int(route.methods)) }
                guard matches == true else { continue }
            }
            if facts.withValue(.path, request, self, { contains($0, set: Int(route.path)) }) == true { return index }
        }
        return -1
    }

    /// The first `deny` that matches, of the agent's own and then of the plan; -1 for none.
    func denial(_ facts: inout Facts, _ request: RawSpan) -> Int {
        for index in tables.value.own.denials.range
        where holds(tables.value.denials[index].conditions, &facts, request) { return index }
        guard facts.plan >= 0 else { return -1 }
        for index in tables.value.plans[Int(facts.plan)].denials.range
        where holds(tables.value.denials[index].conditions, &facts, request) { return index }
        return -1
    }

    /// The product that a request is of, and its route: the first door whose host, path and method match, else the first whose host and
    /// path do. Nil for a request of no product.
    func door(_ facts: inout Facts, _ request: RawSpan) -> (product: Int, route: Int)? {
        var product = -1
        for index in 0..<tables.value.doors.count {
            let door = tables.value.doors[index]
            if door.hosts >= 0 {
                let matches = facts.withValue(.host, request, self) { contains($0, set: Int(door.hosts)) }
                guard matches == true else { continue }
            }
            if door.route < 0 {
                if product < 0 { product = Int(door.product) }
                break
            }
            let route = tables.value.routes[Int(door.route)]
            let isOnPath = facts.withValue(.path, request, self) { contains($0, set: Int(route.path)) }
            guard isOnPath == true else { continue }
            if route.methods >= 0 {
                let matches = facts.withValue(.method, request, self) { contains($0, set: Int(route.methods)) }
                guard matches == true else {
                    if product < 0 { product = Int(door.product) }
                    continue
                }
            }
            return (Int(door.product), Int(door.route))
        }
        return product < 0 ? nil : (product, Int(tables.value.bareRoutes[product]))
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

    /// The limit key of a request under a limit of this identity and `by` list; nil when the request lacks an attribute of it.
    @inline(__always)
    func key(
        _ identity: Hash128, _ range: IndexRange, _ facts: inout Facts, _ request: RawSpan
    ) -> Hash128? {
        if range.isEmpty { return identity }
        // Of one value: both parts are keyed hashes, and so is their sum.
        if range.count == 1 {
            guard let digest = digest(tables.value.keys[Int(range.start)], &facts, request) else { return nil }
            return identity ^ digest
        }
        // A sum of more could be steered by who knows the namespace; a hash over them cannot.
        var hash = SipHash128(key: identity)
        for index in range.range {
            guard let digest = digest(tables.value.keys[index], &facts, request) else { return nil }
            hash.append(digest.low)
            hash.append(digest.high)
        }
        return hash.finish()
    }

    @inline(__always)
    private func digest(_ key: CompiledKey, _ facts: inout Facts, _ request: RawSpan) -> Hash128? {
        guard key.slot == .ip, let address = facts.address else { return facts.digest(key.slot, request, self) }
        let prefix = address.prefix(ipv4: Int(key.ipv4Bits), ipv6: Int(key.ipv6Bits))
        return Facts.digest(of: prefix, self)
    }

    /// Tokens that a limit takes for each of what it counts.
    @inline(__always)
    func price(_ limit: Int, _ facts: inout Facts, _ request: RawSpan) -> Int64 {
        for index in tables.value.limits[limit].prices.range
        where holds(tables.value.prices[index].conditions, &facts, request) {
            return tables.value.prices[index].tokens
        }
        return 1
    }

    /// Tokens that a limit takes for a request of this cost, or needs to be there where a report takes them; saturates.
    @inline(__always)
    func tokens(_ limit: Int, cost: UInt64, _ facts: inout Facts, _ request: RawSpan) -> Int64 {
        let price = price(limit, &facts, request)
        switch tables.value.limits[limit].measure {
        case .calls, .answers: return price
        case .bytesIn, .bytesOut: return min(price, 1)
        case .units: break
        }
        let (product, overflow) = price.multipliedReportingOverflow(by: Int64(clamping: cost))
        return overflow ? .max : product
    }

    /// Tokens that a limit takes for a response, at so many for each of what it counts; saturates.
    func tokens(_ limit: Int, price: Int64, of response: ResponseFacts) -> Int64 {
        let amount: UInt64
        switch tables.value.limits[limit].measure {
        case .units, .calls: return 0
        case .bytesIn: amount = response.bytesIn
        case .bytesOut: amount = response.bytesOut
        case .answers: amount = counts(response.status, limit) ? 1 : 0
        }
        let (product, overflow) = price.multipliedReportingOverflow(by: Int64(clamping: amount))
        return overflow ? .max : product
    }

    private func counts(_ status: UInt16, _ limit: Int) -> Bool {
        for index in tables.value.limits[limit].statuses.range where tables.value.statuses[index].contains(status) {
            return true
        }
        return false
    }
}
