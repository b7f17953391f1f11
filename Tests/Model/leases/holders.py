"""What buckets, windows and slots have in common: the agents that hold something of one key."""
import copy

from .arithmetic import part
from .ask import Answer, Lease
from .constants import FULL, HOLDERS, RECHECK_US


class Holders:
    """The leases of one key, its amount, and how a grant is cut."""

    def __init__(self, broken=""):
        self.broken = broken
        self.leases = {}            # agent -> Lease
        self.epoch = 0              # of the fence, when this was last written
        self.version = 0
        self.amount = 0
        self.amount_until = 0       # without versions: until when a larger amount has to wait
        self.short = 0              # until when others are asked to give back

    def outstanding(self):
        return sum(lease.tokens for lease in self.leases.values())

    def adopts(self, ask):
        """Whether the caller's amounts replace the ones in force: a higher version does. (0 is no version.)"""
        if self.broken == "version":
            return True
        return ask.version > self.version

    def smaller(self, mine, theirs, until, now, ask):
        """Without versions, the smaller one is in force; and a larger one when no call had the smaller for a lease."""
        if theirs <= mine or now >= until or self.broken == "smaller":
            return theirs, now + ask.ttl
        return mine, until

    def full(self, agent):
        return agent not in self.leases and len(self.leases) >= HOLDERS

    def refused_full(self, level):
        return Answer(FULL, 0, RECHECK_US, 0, level, self.outstanding(), self.amount, 0)

    def cut(self, lease, ask, available, cap):
        """How many of the `available` tokens this call gets.

        `ahead` does not bring what is out above `cap`. Where the wishes of all exceed what there is, everybody's whole
        holding is its share by wish: equal shares starve who needs most, first come first served starves who comes late.
        The oldest check that waits is served in any case, if there is enough for it.
        """
        out = self.outstanding()
        lease.want = min(lease.tokens + ask.need + ask.ahead, self.amount)
        parked = max(0, min(ask.ahead, cap - out - ask.need))
        wants = sum(other.want for other in self.leases.values())
        fair = available if wants <= available + out else part(available + out, lease.want, wants) - lease.tokens
        if self.broken == "greedy":
            parked, fair = ask.ahead, available
        elif self.broken == "equal":
            fair = (available + out) // max(1, sum(1 for other in self.leases.values() if other.want)) - lease.tokens
        granted = min(ask.need + parked, available, max(ask.first, fair))
        return granted if granted >= ask.first else 0

    def expired(self, now, but):
        """The leases of others that are over, the oldest first."""
        over = [(lease.expires, name) for name, lease in self.leases.items() if lease.expires <= now and name != but]
        return [(name, self.leases[name]) for _, name in sorted(over)]

    def answer(self, lease, level, recall):
        return Answer(*lease.answer, level, self.outstanding(), self.amount, int(recall))

    def copy(self):
        twin = copy.copy(self)
        twin.leases = {name: copy.copy(lease) for name, lease in self.leases.items()}
        return twin

    def last_expiry(self, now):
        return max([now] + [lease.expires for lease in self.leases.values()])
