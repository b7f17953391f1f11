"""Slots among hostile agents: at most N requests run, but for those of agents that were cut off for longer than a lease."""
from .ask import Ask
from .constants import HELD
from .hostile import Hostile, HostileAgent, LEASE

BREAKS = ("renew", "return", "forced")


class SlotsAgent(HostileAgent):
    def __init__(self, name):
        super().__init__(name)
        self.free, self.until = 0, 0        # leased slots that no request runs in
        self.running = []                   # for each request: whether its lease has lapsed since it began
        self.cut_until = 0                  # it reaches nobody until then
        self.renewed = 0                    # when the call was sent that was answered last


class HostileSlots(Hostile):
    agent_type = SlotsAgent
    leap = LEASE // 10                      # only who is cut off misses a renewal

    def __init__(self, seed, broken):
        super().__init__(seed, broken)
        self.N = self.rng.choice([1, 2, 5, 20])
        self.losses = False                 # a freeze outlasts every lease, and agents say in it what they keep
        self.books = {}                     # name -> (slots, until): what the store has been told, and must count
        self.fault = None

    def before_turn(self):
        if self.rng.random() < 0.02:
            self.rng.choice(self.agents).cut_until = self.t + self.rng.randint(0, 3 * LEASE)
        for agent in self.agents + self.dead:
            until = self.books.get(agent.name, (0, 0))[1]
            if self.t >= until and (agent in self.dead or agent.cut_until > until - LEASE):
                agent.running = [True for _ in agent.running]
        for agent in self.agents:
            due = (agent.running or agent.free) and self.t - agent.renewed > LEASE // 2
            if due and self.t >= agent.cut_until and self.broken != "renew":
                self.renew(agent)

    def renew(self, agent):
        under_way, self.network = self.network, []
        agent.call = None
        self.send(agent)
        for _ in range(2):                  # the call, then its answer
            for to, arguments in [self.network.pop() for _ in self.network[:1]]:
                to(*arguments)
        self.network = under_way

    def spend(self, agent, all_of_it=False):
        """Requests end and begin."""
        while agent.running and not all_of_it and self.rng.random() < 0.4:
            # A slot that has outlived its lease is not taken again: others may have it.
            agent.free += not agent.running.pop(self.rng.randrange(len(agent.running)))
        n = agent.free if self.t < agent.until else 0
        n = n if all_of_it else self.rng.randint(0, n)
        agent.free, agent.running = agent.free - n, agent.running + [False] * n

    def send(self, agent, all_there_is=False):
        if agent.call:
            return
        free = agent.free if self.t < agent.until else 0
        agent.free = self.rng.choice([0, free, free, self.rng.randint(0, free)])
        need = self.rng.choice([0, 0, 1, self.N]) if not all_there_is else self.N
        first = self.rng.randint(min(1, need), need) if not all_there_is else 1
        agent.sequence, agent.key, agent.sent = agent.sequence + 1, "s", self.t
        agent.call = Ask("s", agent.sequence, self.N, back=len(agent.running) + agent.free, need=need, first=first,
                         ahead=self.rng.choice([0, 1, self.N]), ttl=LEASE, share=100)
        self.transmit(agent)

    def transmit(self, agent):
        if self.t >= agent.cut_until:
            super().transmit(agent)

    def again(self, agent):
        """It keeps its name, for what it keeps is said in every call."""
        if agent.call and self.t - agent.sent > LEASE:
            agent.call = None
        elif agent.call:
            self.transmit(agent)

    def executed(self, agent, name, key, ask, answer):
        lease = self.store.keys[key].leases[name]
        if (lease.sequence, lease.expires) != (ask.sequence, self.clock() + LEASE):
            return                          # the answer of before
        others = sum(slots for who, (slots, until) in self.books.items() if who != name and until > self.t)
        if answer.granted and others + ask.back + answer.granted > self.N:
            self.fault = f"{answer.granted} slots granted beside {others + ask.back}, N={self.N}"
        if ask.need and not answer.granted and others + ask.back + ask.first <= self.N:
            self.fault = f"{ask.first} slots refused beside {others + ask.back}, N={self.N}"
        self.books[name] = (ask.back + answer.granted, self.t + LEASE)

    def reply(self, agent, *arguments):
        if self.t >= agent.cut_until:
            super().reply(agent, *arguments)

    def answered(self, agent, ask, answer):
        if answer.standing != HELD:
            agent.free = 0
        agent.free += answer.granted
        agent.until, agent.renewed = agent.sent + LEASE * 99 // 100, agent.sent

    def died(self, agent, heir):
        heir.cut_until = 0

    def wrong(self):
        running = sum(not lapsed for agent in self.agents + self.dead for lapsed in agent.running)
        if running > self.N:
            return f"{running} requests run in slots that nobody lost, N={self.N}"
        return self.fault

    def wrong_in_the_end(self):
        return None


def check(seed, broken=""):
    return HostileSlots(seed, broken).play(), None
