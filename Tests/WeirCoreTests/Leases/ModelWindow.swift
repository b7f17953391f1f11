/// The model's `Window`: a quota between two instants. An expired lease is burned, until its holder says what it spent.
struct ModelWindow: ModelAuthority {
    var holders = ModelHolders()
    var used: Int64 = 0

    private var recalled: Bool { used + holders.outstanding > holders.amount }

    mutating func answer(_ call: ModelCall) -> ModelAnswer {
        guard call.window.contains(call.now) else {
            let retry = max(0, call.window.lowerBound - call.now)
            return ModelAnswer(
                grant: ModelAnswer.Grant(standing: 3, retry: retry), level: 0, outstanding: 0, amount: call.amount,
                recall: false, count: used)
        }
        holders.settleAmount(call)
        for (name, _) in holders.expired(call) { holders.leases[name]?.want = 0 }
        var lease = holders.leases[call.agent] ?? ModelHolders.Lease(expires: call.now)
        if call.sequence > lease.sequence {
            let held = lease.expires > call.now && lease.tokens > 0
            let spent = max(0, call.spent - lease.spent)
            lease.spent += spent
            used += spent
            lease.tokens = call.back
            holders.leases[call.agent] = lease
            grant(call, held: held)
        } else {
            holders.leases[call.agent] = lease
        }
        return ModelAnswer(
            grant: holders.leases[call.agent]?.grant ?? ModelAnswer.Grant(),
            level: max(0, holders.amount - used - holders.outstanding), outstanding: holders.outstanding,
            amount: holders.amount, recall: call.now < holders.short || recalled, count: used)
    }

    private mutating func grant(_ call: ModelCall, held: Bool) {
        let whole = max(0, holders.amount - used)
        let granted = holders.cut(
            call, recalls: call.now < holders.short || recalled, available: max(0, whole - holders.outstanding),
            whole: whole)
        guard var lease = holders.leases[call.agent] else { return }
        let left = call.window.upperBound - call.now
        var retry: Int64 = 0
        if granted == 0 {
            retry = left
            if holders.outstanding > lease.tokens {
                retry = min(retry, ModelHolders.recheck)
                if call.need > 0 { holders.short = call.now + ModelHolders.recheck }
            }
        }
        let life = min(call.ttl, left)
        lease.tokens += granted
        lease.expires = call.now + life
        lease.sequence = call.sequence
        lease.grant = ModelAnswer.Grant(standing: held ? 1 : 0, granted: granted, retry: retry, life: life)
        holders.leases[call.agent] = lease
    }
}
