"""What the script does for one tag. All times are the store's own clock, in microseconds."""
import copy

from .ask import Answer
from .bucket import Bucket
from .constants import ELSEWHEN, FROZEN, HELD
from .fence import Fence
from .slots import Slots
from .window import Window

KINDS = {"b": Bucket, "w": Window, "s": Slots}


class Store:
    def __init__(self, broken=""):
        self.broken = broken
        self.fence = Fence(broken)
        self.keys = {}              # name -> Bucket, Window or Slots
        self.useless = {}           # name -> from when the key may be forgotten; None: never

    def touch(self, clock, caller, life):
        """What an agent says to every tag when it connects, and then every half `life`: so that no customer's call freezes
        a tag, and that the fleet is counted."""
        now = self.fence.enter(clock, caller)
        self.fence.admit(now, caller.agent, life)
        if now < self.fence.thaw:
            return Answer(FROZEN, 0, self.fence.thaw - now)
        return Answer(HELD)

    def call(self, clock, caller, name, ask):
        return self.serve(self.fence.enter(clock, caller), caller, name, ask)

    def serve(self, now, caller, name, ask):
        """One key, when the fence has been passed. Several keys may be served in one passing."""
        if now >= self.fence.thaw:
            self.fence.operations += 1
        key = self.keys.get(name) or KINDS[ask.kind](self.broken)
        answer = key.call(now, self.fence, caller, ask)
        if key.epoch and answer.standing != ELSEWHEN and (answer.standing != FROZEN or ask.kind != "b"):
            self.keys[name] = key
            self.useless[name] = key.useless(ask if ask.kind == "w" else now)
        return answer

    def collect(self, now):
        """Forgets what makes no difference any more, as the server does some time."""
        for name in [name for name, since in self.useless.items() if since is not None and since <= now]:
            del self.keys[name], self.useless[name]

    def copy(self):
        """A snapshot, or what a replica has."""
        twin = copy.copy(self)
        twin.fence = copy.copy(self.fence)
        twin.fence.members, twin.useless = dict(self.fence.members), dict(self.useless)
        twin.keys = {name: key.copy() for name, key in self.keys.items()}
        return twin
