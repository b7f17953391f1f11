"""An agent of the simulated fleet, as far as one bucket is concerned."""
from .constants import DRIFT, JUMP, US


class BucketAgent:
    """Spends leases locally. Its clock runs at `speed` (within DRIFT); it only ever uses durations of its own clock."""

    def __init__(self, name, speed):
        self.name, self.speed = name, speed
        self.tokens, self.until = 0, 0.0     # left in the lease; own clock from which it is unusable
        self.spent, self.spent_at = 0, 0.0   # spent of the lease and not yet reported; when last
        self.sequence, self.call, self.called_at = 0, None, -1.0
        self.store, self.epoch, self.operations = None, 0, 0
        self.seen = None                     # (store, its time, own time when that call was sent)
        self.waiting, self.deny_until, self.deny_cost = [], 0.0, 0
        self.demand, self.demand_at = 0.0, 0.0
        self.dead = False
        self.terms, self.recalled = None, False                    # (version, B, num, per) as it knows them
        self.asked_at = None                 # own clock since which a call has had no answer
        self.alone_level, self.alone_at, self.debt = 0.0, None, 0  # the outage policy's own bucket

    def clock(self, t):
        return t * self.speed

    def usable(self, t):
        return self.tokens if self.clock(t) < self.until else 0

    def rate(self, t):
        return self.demand * 10 * max(0.0, 1 - (self.clock(t) - self.demand_at) / 0.1)

    def demands(self, t, cost):
        self.demand = self.demand * max(0.0, 1 - (self.clock(t) - self.demand_at) / 0.1) + cost
        self.demand_at = self.clock(t)

    def latest(self, t):
        """The store's time is at most this, if it has not jumped."""
        if not self.seen or self.seen[0] is not self.store:
            return 0
        return self.seen[1] + int(((self.clock(t) - self.seen[2]) * (1 + DRIFT) + JUMP) * US)

    def successor(self, knows):
        """After a crash: what it held expires. It reads what was known of the store from the runtime directory, or not."""
        heir = BucketAgent(self.name + "'", self.speed)
        heir.store, heir.terms = self.store, self.terms
        if knows:
            heir.epoch, heir.operations, heir.seen = self.epoch, self.operations, self.seen
        self.dead = True
        return heir
