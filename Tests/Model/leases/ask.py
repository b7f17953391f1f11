"""What an agent says to the store. The script gets the same numbers in the same order, packed as doubles (`arguments`)."""
import struct
from typing import NamedTuple
from .constants import LOST


class Caller(NamedTuple):
    """Who calls, and what it knows of the tag: enough for a store that has forgotten to notice it."""

    agent: str              # the incarnation, or its name
    run: str = "0"          # of the server: run id and replication id, as read on connecting
    epoch: int = 0          # of the fence, as last answered; 0 for a newcomer
    seen: int = 0           # the fence's operations, as last answered
    latest: int = 0         # the store's time can not be later than this; 0 for a newcomer
    trust: int = 0          # WEIR_COLD_START=trust: a store that nobody knew is new, and has lost nothing
    freeze: int = 0         # microseconds for which nothing is granted after a loss

    def arguments(self):
        return [self.run, self.agent, struct.pack("<5d", self.epoch, self.seen, self.latest, self.trust, self.freeze)]


class Ask(NamedTuple):
    """One call for one key. What `num`, `per`, `spent` and `back` are depends on the kind:

              num, per                          spent                          back
    bucket    num tokens per `per` us           spent since the last call      not wanted any more
    window    its start and its end             spent in all, cumulative       tokens kept
    slots     -                                 -                              slots kept: in use, or to be used
    """

    kind: str               # b, w or s
    sequence: int           # of this agent for this key; repeated unchanged until answered
    amount: int             # B, Q or N
    num: int = 0
    per: int = 0
    version: int = 0        # of the amounts; 0 where none is known
    spent: int = 0
    age: int = 0            # microseconds since the last token was spent
    back: int = 0
    extra: int = 0          # bucket: debt, spent without a lease. window: 1 when the incarnation calls for the last time
    need: int = 0           # for checks that wait
    first: int = 0          # of it for the oldest: less is not granted
    ahead: int = 0          # for checks to come
    ttl: int = 0            # microseconds
    share: int = 50         # per cent of the amount: `ahead` never brings what is out above it

    def argument(self):
        return struct.pack("<15d", "-bws".index(self.kind), self.sequence, self.version, self.amount, self.num, self.per,
                           self.spent, self.age, self.back, self.extra, self.need, self.first, self.ahead, self.ttl,
                           self.share)


class Answer(NamedTuple):
    """What the store says. Repeated calls get the same first four numbers."""

    standing: int           # LOST or HELD: of the lease before this call; FROZEN, ELSEWHEN or FULL: nothing is granted
    granted: int = 0
    retry: int = 0          # microseconds until it makes sense to ask again, when nothing was granted
    life: int = 0           # microseconds that the lease lives
    level: int = 0          # tokens that are left in the store
    outstanding: int = 0    # tokens that agents hold
    amount: int = 0         # B, Q or N as it is in force
    recall: int = 0         # 1: others wait; give back what no check waits for


class Lease:
    """What a key remembers of one agent."""

    def __init__(self, expires=0):
        self.tokens = 0         # outstanding
        self.expires = expires
        self.sequence = 0
        self.answer = (LOST, 0, 0, 0)
        self.want = 0           # tokens it would like to hold: its weight when there are not enough
        self.spent = 0          # windows: its total
        self.last = 0           # windows: it has called for the last time


