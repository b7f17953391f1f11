"""What a tag remembers of itself: whether it may have forgotten something, and how long it therefore grants nothing."""
from .constants import MEMBERS


class Fence:
    """One for all keys of one tag. All times are the store's, in microseconds."""

    def __init__(self, broken=""):
        self.broken = broken
        self.run = None         # of the server that served it last; None: the key is missing
        self.epoch = 0          # rises with every freeze
        self.valid = 0          # data of epochs below this one is lost
        self.base = 0           # operations when the last freeze began
        self.thaw = 0           # until then nothing is granted; from then on missing buckets fill
        self.time = 0           # the highest that was served: time never goes back
        self.operations = 0
        self.members = {}       # agent -> until when it counts
        self.fleet = 0          # members, as last counted

    def enter(self, clock, caller):
        """Notes who comes, and freezes the tag if something may have been forgotten. Returns the time."""
        now = max(clock, self.time)
        known = caller.epoch == self.epoch                         # what it knows of older epochs was heeded then
        missing = self.run is None
        if missing and caller.trust and (caller.epoch == 0 or self.broken == "trust"):
            self.run, self.epoch, self.valid, self.time = caller.run, 1, 1, now
            return now
        back = self.time - clock > caller.freeze                   # standing still would take longer than a freeze
        lost = missing or back or caller.epoch > self.epoch
        lost = lost or known and caller.seen > self.operations and self.broken != "operations"
        if self.broken != "clock":
            lost = lost or known and 0 < caller.latest < now       # a jump forward
        # One that knows more than was kept, from before a freeze that kept what was there.
        witness = (caller.epoch < self.epoch and caller.seen > self.base and self.valid < self.epoch
                   and self.broken != "operations")
        if self.broken == "fence":
            lost, witness = False, False
            self.run, self.epoch, self.valid = caller.run, max(1, self.epoch), max(1, self.valid)
        if lost or caller.run != self.run or witness and now >= self.thaw:
            now = clock if back else now
            self.run, self.base, self.epoch = caller.run, self.operations, max(self.epoch, caller.epoch) + 1
            self.thaw = now + caller.freeze
        if lost or witness:
            self.valid = self.epoch
        self.time = now
        return now

    def admit(self, now, agent, life):
        """Counts an agent of the fleet for another `life` microseconds."""
        for name in [name for name, until in self.members.items() if until <= now]:
            del self.members[name]
        if agent in self.members or len(self.members) < MEMBERS:
            self.members[agent] = now + life
        self.fleet = len(self.members)


