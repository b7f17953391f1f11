/// What checks draw.
extension WindowTable {
    /// What one window says to a cost.
    private enum Finding { case held, waits, used }

    /// After how long without an answer no collector is taken to be there, in microseconds: less than checks wait for one.
    private static var silence: Int64 { 200_000 }

    /// Whether no collector answers.
    func isAway(_ now: Int64) -> Bool { isAlone || (askedAt < now && now &- askedAt >= Self.silence) }

    // MARK: Finding

    /// Finds who pays for what a meter counts of a check, and notes it as its draw `number`: the first of its sources that has room.
    ///
    /// - Parameter counted: units of the meter; an estimate where it counts bytes.
    /// - Returns: `held` or `waits` with a draw; `used` where nothing is left; `free` for what is not billed, as no collector is there and
    ///   the plan wants it so.
    mutating func secure(
        _ account: Int, part: Int, _ counted: UInt64, as number: Int, now: Int64, seconds: Int64
    ) -> Secured {
        let part = accounts[account].parts[part]
        let isAway = isAway(now)
        var awaited = -1
        for index in Int(part.first)..<Int(part.end) {
            let source = accounts[account].sources[index]
            switch look(source, counted, as: number, isAway: isAway, now: now, seconds: seconds) {
            case .held: return .held
            case .used: continue
            case .waits:
                if !isAway { return .waits }
                // What others hold already may be drawn meanwhile.
                if awaited < 0 { awaited = index }
            }
        }
        if awaited >= 0 { return whileAway(accounts[account].sources[awaited], part, counted, as: number) }
        guard part.invoice >= 0 else { return .used }
        note(number, place: -1, terms: part.terms, tag: part.invoice, cost: 0, counted)
        return .held
    }

    /// What became of a part of a check.
    enum Secured { case held, waits, used, free }

    /// Whether a source has room for what is counted, may get some, or is used up.
    private mutating func look(
        _ source: DrawSource, _ counted: UInt64, as number: Int, isAway: Bool, now: Int64, seconds: Int64
    ) -> Finding {
        let place = Int(source.place)
        guard seconds >= entries[place].from, seconds < entries[place].until else { return .used }
        var cost = terms[Int(source.terms)].cost(of: counted)
        let isEstimate = terms[Int(source.terms)].measure != .units
        entries[place].window.want(cost, now: now)
        let besides = number == 0 ? 0 : drawn(source.place, before: number)
        let room = entries[place].window.room(now) &- besides
        var finding = Finding.held
        if room < cost {
            finding = lacking(place, &cost, besides: besides, room, isEstimate: isEstimate, isAway: isAway, now: now)
        }
        if finding != .used {
            note(number, place: source.place, terms: source.terms, tag: source.tag, cost: cost, counted)
            draws[number].isWaiting = finding == .waits
            draws[number].need = (isEstimate ? min(cost, 1) : cost) &+ besides
        }
        return finding
    }

    /// What a window says that has no room for a cost: of an estimate it gives what is left.
    private mutating func lacking(
        _ place: Int, _ cost: inout Int64, besides: Int64, _ room: Int64, isEstimate: Bool, isAway: Bool, now: Int64
    ) -> Finding {
        switch entries[place].window.standing {
        case .open:
            // Where the collector was just asked, what it gave is all that there is for now.
            guard isEstimate, room > 0, isAway || !entries[place].window.mayAsk(now) else { return .waits }
            cost = room
            return .held
        case .closed:
            // The document sells it, so that the collector may have been told by mistake that this run is over. It is asked now and then.
            guard entries[place].window.isDisputed || entries[place].window.mayAsk(now) else { return .used }
            entries[place].window.dispute()
            return .waits
        case .empty:
            let all = cost &+ besides
            guard all &+ entries[place].window.lack >= entries[place].refused else {
                // A call that costs more was refused, which says nothing of this one.
                entries[place].window.wake()
                return .waits
            }
            // Others may have given something back since: asked once in a while, and nobody waits for it.
            if entries[place].window.mayAsk(now) {
                entries[place].need = max(1, min(all, entries[place].need == 0 ? all : entries[place].need))
                list(place)
            }
            guard isEstimate, room > 0 else { return .used }
            cost = room
            return .held
        }
    }

    /// What a plan allows where nobody can be asked: not where it is known that nothing is left.
    private mutating func whileAway(
        _ source: DrawSource, _ part: DrawPart, _ counted: UInt64, as number: Int
    ) -> Secured {
        let place = Int(source.place)
        if entries[place].isUsedUp { return .used }
        var cost = terms[Int(source.terms)].cost(of: counted)
        let isEstimate = terms[Int(source.terms)].measure != .units
        let besides = drawn(source.place, before: number)
        let left = source.overdraft &- entries[place].overdrawn &- besides
        if isEstimate, left > 0 { cost = min(cost, left) }
        note(number, place: source.place, terms: source.terms, tag: source.tag, cost: cost, counted)
        draws[number].need = (isEstimate ? min(cost, 1) : cost) &+ besides
        if part.isOpen || cost <= left {
            // Asked for all the same, so that an outage ends when it does.
            wish(place, need: max(1, draws[number].need))
            if part.isOpen { return .free }
            draws[number].isOverdraft = true
            return .held
        }
        draws[number].isWaiting = true
        return .waits
    }

    /// What earlier draws of the running check take of a window.
    private func drawn(_ place: Int32, before number: Int) -> Int64 {
        var cost: Int64 = 0
        for index in 0..<number where draws[index].place == place { cost &+= draws[index].cost }
        return cost
    }

    private mutating func note(
        _ number: Int, place: Int32, terms: Int32, tag: Int32, cost: Int64, _ counted: UInt64
    ) {
        draws[number] = CreditDraw(
            place: place, terms: terms, tag: tag, cost: cost, units: counted,
            needsReport: self.terms[Int(terms)].needsReport)
    }

    // MARK: Taking

    /// Takes what was found to be there.
    mutating func take(_ number: Int, isReserve: Bool) {
        draws[number].needsReport = isReserve
        counters.drawn &+= 1
        let place = Int(draws[number].place)
        guard place >= 0 else { return }
        entries[place].window.take(draws[number].cost)
        if !isReserve { entries[place].window.settle(reserved: draws[number].cost, actual: draws[number].cost) }
        if draws[number].isOverdraft { entries[place].overdrawn &+= draws[number].cost }
        list(place)
    }

    /// Settles what was reserved by what the response was.
    ///
    /// - Returns: units that it counts for; none where it is not billed.
    mutating func settle(_ charge: OpenCharge, _ response: ResponseFacts) -> UInt64 {
        let terms = terms[charge.drawTerms]
        let units = terms.units(of: response, reserved: charge.reservedUnits)
        settle(charge, actual: charge.drawPlace < 0 ? 0 : terms.cost(of: units))
        return units
    }

    /// No report came. What was reserved is what it cost, or nothing where the plan bills no such call.
    ///
    /// - Returns: whether it is billed.
    mutating func keep(_ charge: OpenCharge) -> Bool {
        let isBilled = terms[charge.drawTerms].billsUnreported
        settle(charge, actual: isBilled ? charge.tokens : 0)
        return isBilled
    }

    private mutating func settle(_ charge: OpenCharge, actual: Int64) {
        let place = charge.drawPlace
        guard place >= 0 else { return }
        entries[place].window.settle(reserved: charge.tokens, actual: actual)
        if charge.isOverdraft {
            entries[place].overdrawn = max(0, entries[place].overdrawn &+ actual &- charge.tokens)
        }
        list(place)
    }

    // MARK: Waiting

    /// Notes that a check waits for what its draws lack. The last one first: where two draw on one window its need is that of both.
    mutating func park(_ count: Int) {
        for number in (0..<count).reversed() where draws[number].isWaiting {
            let place = Int(draws[number].place)
            if entries[place].need == 0 { entries[place].need = draws[number].need }
            list(place)
        }
        (isUrgent, isAwaited) = (true, true)
    }

    /// Asks for what the draws of a check lack that does not wait, so that the next one finds something.
    mutating func wish(_ count: Int) {
        for number in (0..<count).reversed() where draws[number].isWaiting {
            wish(Int(draws[number].place), need: draws[number].need)
        }
    }

    private mutating func wish(_ place: Int, need: Int64) {
        if entries[place].need == 0 { entries[place].need = need }
        list(place)
    }

    /// Has a window looked at.
    mutating func list(_ place: Int) {
        guard !entries[place].isListed else { return }
        entries[place].isListed = true
        listed.append(Int32(place))
    }

    /// Forgets who waits, as those that wait are asked again.
    package mutating func unparkAll() {
        guard isAwaited else { return }
        for place in listed { entries[Int(place)].need = 0 }
        isAwaited = false
    }
}
