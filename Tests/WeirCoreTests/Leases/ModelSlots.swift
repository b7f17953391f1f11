/// The model's `Slots`: at most so many at once. Those of an expired lease return; who comes back says what it keeps.
struct ModelSlots: ModelAuthority {
    var holders = ModelHolders()

    private func recalls(_ now: Int64) -> Bool { now < holders.short || holders.outstanding > holders.amount }

    mutating func answer(_ call: ModelCall) -> ModelAnswer {
        holders.settleAmount(call)
        for (name, _) in holders.expired(call) { holders.leases[name] = nil }
        var lease = holders.leases[call.agent] ?? ModelHolders.Lease(expires: call.now)
        if call.sequence > lease.sequence {
            let held = lease.expires > call.now && lease.tokens > 0
            lease.tokens = call.back
            holders.leases[call.agent] = lease
            grant(call, held: held)
        } else {
            holders.leases[call.agent] = lease
        }
        return ModelAnswer(
            grant: holders.leases[call.agent]?.grant ?? ModelAnswer.Grant(),
            level: max(0, holders.amount - holders.outstanding), outstanding: holders.outstanding,
            amount: holders.amount, recall: recalls(call.now), count: 0)
    }

    private mutating func grant(_ call: ModelCall, held: Bool) {
        let granted = holders.cut(
            call, recalls: recalls(call.now), available: max(0, holders.amount - holders.outstanding),
            whole: holders.amount)
        guard var lease = holders.leases[call.agent] else { return }
        if granted == 0, call.need > 0, holders.outstanding > lease.tokens {
            holders.short = call.now + ModelHolders.recheck
        }
        lease.tokens += granted
        lease.expires = call.now + call.ttl
        lease.sequence = call.sequence
        lease.grant = ModelAnswer.Grant(
            standing: held ? 1 : 0, granted: granted, retry: granted == 0 ? ModelHolders.recheck : 0, life: call.ttl)
        holders.leases[call.agent] = lease
    }
}
