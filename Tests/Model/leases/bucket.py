"""A rate: `amount` tokens at most, `num` made anew every `per` microseconds. Credit is in tokens x per, so that it is exact.

The invariant is level + outstanding <= amount, where outstanding counts leased tokens until they are reported spent, given
back, or expired. So in every interval of length d all agents together spend at most amount + rate x d.
"""
from .arithmetic import percent, slower
from .ask import Answer, Lease
from .constants import FROZEN, HELD, INEXACT, LONGEST_US, LOST, RECHECK_US, SPARE_US
from .holders import Holders


class Bucket(Holders):
    def __init__(self, broken=""):
        super().__init__(broken)
        self.num, self.per = 0, 1
        self.rate_until = 0
        self.credit, self.at = 0, 0

    def refill(self, until):
        """Time makes tokens as far as there is room beside those that are out."""
        if until > self.at:
            room = max(self.credit, (self.amount - self.outstanding()) * self.per)
            self.credit, self.at = min(self.credit + self.num * (until - self.at), room), until

    def call(self, now, fence, caller, ask):
        if now < fence.thaw:
            return Answer(FROZEN, 0, fence.thaw - now, 0, 0, 0, ask.amount, 0)
        self.revive(now, fence, ask)
        self.change(now, ask)
        for name, lease in self.expired(now, caller.agent):
            self.refill(lease.expires)                             # counted as spent when it expired
            del self.leases[name]
        if self.full(caller.agent):
            return self.refused_full(max(0, self.credit // self.per))
        lease = self.leases.setdefault(caller.agent, Lease(now))
        if ask.sequence > lease.sequence or self.broken == "repeat":
            self.settle(now, lease, ask)
            self.grant(now, lease, ask)
        return self.answer(lease, max(0, self.credit // self.per), self.credit < 0)

    def revive(self, now, fence, ask):
        """A bucket that is missing, or that a loss has made worthless, holds what was made since the thaw. One that was
        kept has its credit; nothing was made in the freeze, and the leases of before it are over."""
        if self.epoch < fence.valid:
            self.__init__(self.broken)
            self.version, self.amount, self.num, self.per = ask.version, ask.amount, ask.num, ask.per
            self.at = fence.thaw if self.broken != "thaw" else 0
            self.refill(now)
            self.amount_until = self.rate_until = now + ask.ttl
        elif self.epoch < fence.epoch:
            self.leases = {}
            self.at = max(self.at, fence.thaw)
        self.epoch = fence.epoch

    def change(self, now, ask):
        """What was used stays used; where it is counted in another unit, it is rounded up to a whole token."""
        amount, num, per, version = ask.amount, ask.num, ask.per, self.version
        if self.adopts(ask):
            version, self.amount_until, self.rate_until = ask.version, now + ask.ttl, now + ask.ttl
        elif ask.version < self.version or self.version > 0:
            return
        else:
            amount, self.amount_until = self.smaller(self.amount, ask.amount, self.amount_until, now, ask)
            if slower(ask.num, ask.per, self.num, self.per) or now >= self.rate_until or self.broken == "smaller":
                self.rate_until = now + ask.ttl
            else:
                num, per = self.num, self.per
            if amount * per >= INEXACT:                            # one caller's amount and another's rate
                return
        if (amount, num, per) != (self.amount, self.num, self.per):
            self.refill(now - ask.age)
            used = self.amount * self.per - self.credit
            if per != self.per:
                used = min(-(-used // self.per), INEXACT // per) * per
            if self.broken == "used":
                used = self.outstanding() * per
            self.amount, self.num, self.per, self.credit = amount, num, per, amount * per - used
        self.version = version

    def settle(self, now, lease, ask):
        """Takes what is reported, in the order that keeps the invariant."""
        self.held = lease.expires > now and lease.tokens > 0
        if not self.held:
            if lease.tokens:
                self.refill(lease.expires)
            lease.tokens = 0
        spent = min(ask.spent, lease.tokens)
        back = min(ask.back, lease.tokens - spent)
        if self.broken != "order":
            self.refill(now - ask.age)                             # with the old outstanding, up to the last spend ...
        lease.tokens -= spent                                      # ... then forget what was spent
        self.refill(now)
        lease.tokens -= back
        room = (self.amount - self.outstanding()) * self.per
        if back:
            self.credit = max(self.credit, min(self.credit + back * self.per, room))
        # What was spent without a lease is missing, but never more than a full bucket: an outage of an hour is not
        # followed by an hour of refusals.
        if self.broken != "debt":
            self.credit = max(self.credit - ask.extra * self.per, min(self.credit, -self.amount * self.per))

    def grant(self, now, lease, ask):
        level = max(0, self.credit // self.per)
        granted = self.cut(lease, ask, level, percent(self.amount, ask.share))
        self.credit -= granted * self.per
        retry = 0
        if not granted:
            lack = max(0, max(1, min(ask.first, self.amount)) * self.per - self.credit)
            retry = -(-lack // self.num) if self.num else 1 << 40
            if self.outstanding() - lease.tokens:
                retry = min(retry, RECHECK_US)                     # tokens may come back before they are made
        lease.tokens += granted
        lease.expires, lease.sequence = now + ask.ttl, ask.sequence
        lease.answer = (HELD if self.held else LOST, granted, retry, ask.ttl)

    def useless(self, now):
        """When this equals a missing bucket, and may be forgotten: all leases are over and time has filled it."""
        lack = self.amount * self.per - self.credit
        if self.broken == "collect":
            lack = 0
        if not self.num:
            return None if lack else self.last_expiry(now) + SPARE_US
        return self.last_expiry(now) + min(-(-lack // self.num), LONGEST_US) + SPARE_US
