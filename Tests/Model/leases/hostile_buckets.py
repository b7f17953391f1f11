"""One bucket among hostile agents: in every interval of length d they admit at most B + R*d."""
from .ask import Ask
from .constants import FROZEN, HELD, SPARE_US, US
from .hostile import Hostile, HostileAgent, LEASE
from .judge import worst_excess

BREAKS = ("order", "repeat", "kept", "fence", "operations", "thaw", "collect")


class BucketAgent(HostileAgent):
    def __init__(self, name):
        super().__init__(name)
        self.tokens, self.until, self.spent, self.spent_at = 0, 0, 0, 0


class HostileBucket(Hostile):
    agent_type = BucketAgent

    def __init__(self, seed, broken):
        super().__init__(seed, broken)
        self.B = self.rng.choice([1, 2, 5, 20])
        self.num, self.per = self.rng.choice([(1, 3600 * US), (self.B, 60 * US), (self.B, 4 * US), (self.B, US), (4 * self.B, US)])
        self.admitted, self.granted, self.suspects, self.residue = [], [], [], 0

    def usable(self, agent):
        return agent.tokens if self.t < agent.until else 0

    def spend(self, agent, all_of_it=False):
        n = self.usable(agent)
        if not all_of_it and self.rng.random() < 0.5:
            n = self.rng.randint(0, n)
        if n:
            agent.tokens, agent.spent, agent.spent_at = agent.tokens - n, agent.spent + n, self.t
            self.admitted.append((self.t / US, n))

    def send(self, agent, all_there_is=False):
        if agent.call or agent.run != self.run:
            return
        keep = self.rng.choice([0, self.usable(agent), self.usable(agent), self.rng.randint(0, self.usable(agent))])
        need = self.rng.choice([0, 0, 1, self.B]) if not all_there_is else self.B
        first = self.rng.randint(0, need) if not all_there_is else 0
        agent.sequence, agent.key, agent.sent = agent.sequence + 1, "b", self.t
        agent.call = Ask("b", agent.sequence, self.B, self.num, self.per, spent=agent.spent, back=agent.tokens - keep,
                         need=need, first=first, ahead=self.rng.choice([0, 1, self.B]), ttl=LEASE, share=100)
        agent.tokens, agent.spent = keep, 0
        self.transmit(agent)

    def transmit(self, agent):
        # The age is a duration until this transmission, a little short for the drift of the clocks.
        if agent.call.spent:
            agent.call = agent.call._replace(age=max(0, (self.t - agent.spent_at) * 99 // 100))
        super().transmit(agent)

    def execute(self, *arguments):
        self.store.collect(max(self.clock(), self.store.fence.time) + SPARE_US)
        super().execute(*arguments)

    def executed(self, agent, name, key, ask, answer):
        fence = self.store.fence
        if fence.valid == fence.epoch:
            self.suspects = []                                     # the loss is known
        elif self.suspects and fence.time >= fence.thaw and self.broken != "operations":
            self.residue += sum(tokens for _, tokens in self.suspects)
            self.suspects = []                                     # who knew better did not come back in time
        if answer.granted:
            self.granted.append((self.t, answer.granted))

    def forgotten(self, since):
        self.suspects = self.suspects + [grant for grant in self.granted if grant[0] >= since]
        self.granted = [grant for grant in self.granted if grant[0] < since]

    def answered(self, agent, ask, answer):
        if answer.standing == FROZEN:
            agent.spent = 0
            return
        if answer.standing != HELD and self.broken != "kept":
            agent.tokens = agent.spent = 0
        agent.tokens += answer.granted
        agent.until = agent.sent + LEASE * 99 // 100

    def wrong_in_the_end(self):
        R = self.num * US / self.per
        excess = worst_excess(self.admitted, self.B, R) - self.residue
        if excess > 1e-6 + R * 4e-6:
            return f"{excess:.3f} over the bound, B={self.B} R={R:.4f} agents={len(self.agents)} residue={self.residue}"
        return None


def check(seed, broken=""):
    return HostileBucket(seed, broken).play(), None
