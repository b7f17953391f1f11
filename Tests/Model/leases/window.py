"""A quota: at most `amount` tokens from `num` to `per`, instants of the store's clock; the key belongs to this window alone.

Reports are cumulative totals of an incarnation, and what it keeps: both mean the same whether a store has forgotten or not.
The invariant is used + outstanding <= amount. A lease that expires stays outstanding, for nobody knows what was spent of
it: it is burned, until its incarnation (or who has its journal) says so.
"""
from .arithmetic import percent
from .ask import Answer, Lease
from .constants import ELSEWHEN, FROZEN, HELD, LOST, PAST_US, RECHECK_US
from .holders import Holders


class Window(Holders):
    def __init__(self, broken=""):
        super().__init__(broken)
        self.used = 0

    def call(self, now, fence, caller, ask):
        start, end = ask.num, ask.per
        if not start <= now < end and self.broken != "identity":
            return Answer(ELSEWHEN, 0, max(0, start - now), 0, 0, 0, ask.amount, 0)
        self.revive(now, fence, ask)
        self.change(now, ask)
        self.reap(now, caller.agent)
        if self.full(caller.agent):
            return self.refused_full(max(0, self.amount - self.used - self.outstanding()))
        lease = self.leases.setdefault(caller.agent, Lease(now))
        if ask.sequence > lease.sequence:
            self.settle(now, lease, ask)
            if now < fence.thaw:
                lease.sequence, lease.want = ask.sequence, 0
                lease.answer = (FROZEN, 0, fence.thaw - now, 0)
            else:
                self.grant(now, lease, ask)
        return self.answer(lease, max(0, self.amount - self.used - self.outstanding()), self.recalls(now))

    def recalls(self, now):
        return now < self.short or self.used + self.outstanding() > self.amount

    def revive(self, now, fence, ask):
        """After a freeze no lease can be trusted, and no total was ever too high: what is out is burned."""
        if not self.epoch:
            self.version, self.amount, self.amount_until = ask.version, ask.amount, now + ask.ttl
        elif self.epoch < fence.epoch:
            for lease in self.leases.values():
                lease.expires, lease.want = min(lease.expires, now), 0
        self.epoch = fence.epoch

    def change(self, now, ask):
        if self.adopts(ask):
            self.version, self.amount, self.amount_until = ask.version, ask.amount, now + ask.ttl
        elif not self.version and not ask.version:
            self.amount, self.amount_until = self.smaller(self.amount, ask.amount, self.amount_until, now, ask)

    def reap(self, now, but):
        """Forgets who has called for the last time; its total stays in `used`. Burned leases have no wishes."""
        for name, lease in self.expired(now, but):
            lease.want = 0
            if self.broken == "burn":
                lease.tokens = 0
            if lease.last and not lease.tokens:
                del self.leases[name]

    def settle(self, now, lease, ask):
        self.held = lease.expires > now and lease.tokens > 0
        spent = max(0, ask.spent - lease.spent)
        lease.spent += spent
        self.used += spent
        # Of a lease that is over nobody spends any more when this call's answer arrives: what the caller kept stays
        # burned until its next call says what became of it.
        lease.tokens = ask.back
        if not self.held and self.broken == "reclaim":
            lease.tokens = 0
        lease.last = ask.extra

    def grant(self, now, lease, ask):
        available = max(0, self.amount - self.used - self.outstanding())
        cap = percent(max(0, self.amount - self.used), ask.share)
        granted = self.cut(lease, ask._replace(ahead=0) if self.recalls(now) else ask, available, cap)
        retry = 0
        if not granted:
            retry = ask.per - now
            if self.outstanding() - lease.tokens:
                retry = min(retry, RECHECK_US)
                if ask.need and self.broken != "recall":
                    self.short = now + RECHECK_US
        life = min(ask.ttl, ask.per - now) if self.broken != "end" else ask.ttl
        lease.tokens += granted
        lease.expires, lease.sequence = now + life, ask.sequence
        lease.answer = (HELD if self.held else LOST, granted, retry, life)

    def useless(self, ask):
        """A window that is over is kept for as long as the clock might go back to it."""
        return ask.per + max(ask.per - ask.num, PAST_US)
