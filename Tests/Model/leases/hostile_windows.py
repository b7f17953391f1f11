"""A quota among hostile agents: no window admits more than Q, and nothing is spent outside its window.

Declared: after a loss, Q + what incarnations that have not registered by the thaw were granted in what was lost.
"""
from .ask import Ask
from .constants import ELSEWHEN, FROZEN, HELD, START_US, US
from .hostile import Hostile, HostileAgent, LEASE

BREAKS = ("burn", "reclaim", "end", "identity", "register")


class WindowAgent(HostileAgent):
    def __init__(self, name):
        super().__init__(name)
        self.tokens, self.until, self.window = 0, 0, None          # what it may spend, of which window
        self.totals = {}                                           # window -> spent in all


class HostileWindow(Hostile):
    agent_type = WindowAgent

    def __init__(self, seed, broken):
        super().__init__(seed, broken)
        self.Q, self.span = self.rng.choice([1, 3, 10, 50]), self.rng.choice([2 * US, 10 * US, 60 * US])
        self.offset = START_US + self.rng.randint(0, self.span)
        self.lease = self.rng.choice([LEASE, 5 * LEASE])           # quotas lease longer than rates
        self.admitted, self.residue = {}, {}                       # window -> tokens
        self.holding = {}       # (name, window) -> what the store has granted and has not been told of
        self.registered, self.thawing = set(), False
        self.outside = None

    def now_window(self):
        return self.clock() // self.span * self.span

    def usable(self, agent):
        return agent.tokens if self.t < agent.until else 0

    def spend(self, agent, all_of_it=False):
        n = self.usable(agent)
        if not all_of_it and self.rng.random() < 0.5:
            n = self.rng.randint(0, n)
        if n:
            agent.tokens -= n
            agent.totals[agent.window] = agent.totals.get(agent.window, 0) + n
            self.admitted[agent.window] = self.admitted.get(agent.window, 0) + n
            if not agent.window <= self.clock() < agent.window + self.span:
                self.outside = f"{n} tokens of window {agent.window} spent at {self.clock()}"

    def send(self, agent, all_there_is=False):
        if agent.call or agent.run != self.run:
            return
        window = self.now_window()
        if self.rng.random() < 0.1:
            window += self.rng.choice([-self.span, self.span])     # a wrong idea of the time
        if window != agent.window:
            agent.tokens, agent.window = 0, window
        keep = self.rng.choice([0, self.usable(agent), self.usable(agent), self.rng.randint(0, self.usable(agent))])
        agent.tokens = keep
        need = self.rng.choice([0, 0, 1, self.Q]) if not all_there_is else self.Q
        first = self.rng.randint(0, need) if not all_there_is else 0
        self.ask(agent, window, need, first, self.rng.choice([0, 1, self.Q]))

    def ask(self, agent, window, need, first, ahead):
        agent.sequence, agent.key, agent.sent = agent.sequence + 1, f"w{window}", self.t
        agent.call = Ask("w", agent.sequence, self.Q, window, window + self.span, spent=agent.totals.get(window, 0),
                         back=self.usable(agent) if window == agent.window else 0, need=need, first=first, ahead=ahead, ttl=self.lease, share=100)
        self.transmit(agent)

    def connect(self, agent):
        super().connect(agent)
        for window in {agent.window, *agent.totals} - {None}:
            # In the freeze every incarnation says what it has spent, and what it may still spend.
            if self.broken != "register" and window <= self.clock() < window + self.span:
                self.ask(agent, window, 0, 0, 0)
                to, arguments = self.network.pop()
                to(*arguments)
                agent.call = None

    def lost_connection(self, agent):
        agent.call = None       # totals mean the same to any store: it stays who it is, and calls again with another number
        return agent

    def again(self, agent):
        if agent.call and self.t - agent.sent > LEASE:
            agent.call = None
        else:
            super().again(agent)

    def executed(self, agent, name, key, ask, answer):
        fence = self.store.fence
        if fence.time < fence.thaw:
            self.registered.add(name)
        elif self.thawing:
            self.thawing = False
            self.declare()
        if answer.granted:
            place = (name, ask.num)
            self.holding[place] = max(self.holding.get(place, 0), ask.spent + ask.back) + answer.granted

    def declare(self):
        """What those were granted who have not said so by the thaw, as far as the store does not know."""
        living = {agent.name for agent in self.agents}
        for (name, window), granted in self.holding.items():
            lease = self.store.keys[f"w{window}"].leases.get(name) if f"w{window}" in self.store.keys else None
            known = lease.spent + lease.tokens if lease else 0
            if name not in (self.registered if self.broken != "register" else living):
                self.residue[window] = self.residue.get(window, 0) + max(0, granted - known)

    def forgotten(self, since):
        self.registered, self.thawing = set(), True

    def answered(self, agent, ask, answer):
        if answer.standing == ELSEWHEN:
            agent.tokens = 0
        elif answer.standing != FROZEN:
            if answer.standing != HELD:
                agent.tokens = 0
            agent.tokens += answer.granted
            agent.until = agent.sent + answer.life * 99 // 100

    def wrong(self):
        return self.outside

    def wrong_in_the_end(self):
        for window, tokens in self.admitted.items():
            if tokens > self.Q + self.residue.get(window, 0):
                return f"{tokens} tokens in window {window}, Q={self.Q} declared {self.residue.get(window, 0)}"
        return None


def check(seed, broken=""):
    return HostileWindow(seed, broken).play(), None
