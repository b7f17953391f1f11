"""Concurrency: at most `amount` slots in use at once. An agent leases slots and takes them for requests.

A slot in use stays with its agent for as long as that renews the lease (every half of it). The slots of an expired lease
return, though requests may still run in them: the bound is amount + slots of agents that were cut off for longer than a
lease. Who comes back says how many it keeps, and they count, even beyond the amount.
"""
from .arithmetic import percent
from .ask import Answer, Lease
from .constants import FROZEN, HELD, LOST, RECHECK_US, SPARE_US
from .holders import Holders


class Slots(Holders):
    def call(self, now, fence, caller, ask):
        self.revive(now, fence, ask)
        self.change(now, ask)
        for name, _ in self.expired(now, caller.agent):
            if self.broken != "return":
                del self.leases[name]
        if self.full(caller.agent):
            return self.refused_full(max(0, self.amount - self.outstanding()))
        lease = self.leases.setdefault(caller.agent, Lease(now))
        if ask.sequence > lease.sequence:
            self.settle(now, lease, ask)
            if now < fence.thaw:
                lease.expires, lease.sequence, lease.want = now + ask.ttl, ask.sequence, 0
                lease.answer = (FROZEN, 0, fence.thaw - now, 0)
            else:
                self.grant(now, lease, ask)
        return self.answer(lease, max(0, self.amount - self.outstanding()), self.recalls(now))

    def recalls(self, now):
        return now < self.short or self.outstanding() > self.amount

    def revive(self, now, fence, ask):
        """A freeze outlasts every lease; agents say in it what they keep."""
        if not self.epoch:
            self.version, self.amount, self.amount_until = ask.version, ask.amount, now + ask.ttl
        elif self.epoch < fence.epoch:
            self.leases, self.short = {}, 0
        self.epoch = fence.epoch

    def change(self, now, ask):
        if self.adopts(ask):
            self.version, self.amount, self.amount_until = ask.version, ask.amount, now + ask.ttl
        elif not self.version and not ask.version:
            self.amount, self.amount_until = self.smaller(self.amount, ask.amount, self.amount_until, now, ask)

    def settle(self, now, lease, ask):
        self.held = lease.expires > now and lease.tokens > 0
        # What the caller says counts, whatever was known: a late duplicate of an older call may have said otherwise.
        lease.tokens = min(ask.back, lease.tokens) if self.broken == "forced" else ask.back

    def grant(self, now, lease, ask):
        available = max(0, self.amount - self.outstanding())
        granted = self.cut(lease, ask._replace(ahead=0) if self.recalls(now) else ask, available, percent(self.amount, ask.share))
        retry = 0
        if not granted:
            retry = RECHECK_US
            if ask.need and self.outstanding() - lease.tokens and self.broken != "recall":
                self.short = now + RECHECK_US
        lease.tokens += granted
        lease.expires, lease.sequence = now + ask.ttl, ask.sequence
        lease.answer = (HELD if self.held else LOST, granted, retry, ask.ttl)

    def useless(self, now):
        return self.last_expiry(now) + SPARE_US
