"""The store against agents and a network that try their worst: no demand, no manners, only what the protocol allows.

Every agent spends as much as it may, when it likes; calls are delivered late, twice, out of order or never; agents stop and
die; the store loses what it wrote. Times are microseconds. Few tokens and many turns find what a fleet with an honest load
meets once in a million.
"""
import random

from .ask import Caller
from .constants import DEPOSED, FREEZE, START_US, TTL, US
from .store import Store

LEASE = int(TTL * US)
TURNS = 400


class HostileAgent:
    def __init__(self, name):
        self.name, self.run = name, 0
        self.epoch, self.operations = 0, 0
        self.sequence, self.call, self.sent, self.key = 0, None, 0, None


class Hostile:
    """What bucket, window and slots have in common. `t` is real time, `clock` the store's."""

    agent_type = HostileAgent
    leap = 3 * LEASE            # for which nobody may be scheduled

    def __init__(self, seed, broken):
        self.rng, self.broken = random.Random(seed), broken
        self.store, self.run, self.offset, self.t = Store(broken), 0, START_US, 0
        self.network = []           # what is under way: (to whom, arguments)
        self.due = []               # (time, agent): it will have connected to the store's new life
        self.snapshots = []         # (time, store)
        self.names, self.run_at = 0, None
        self.agents = [self.born() for _ in range(self.rng.randint(1, 4))]
        self.dead = []
        self.losses = self.rng.random() < 0.5                      # of the store's data
        self.thrift, self.delivery = self.rng.choice([0.02, 0.2]), self.rng.choice([0.5, 0.88])

    def born(self):
        self.names += 1
        agent = self.agent_type(f"{self.names:03d}")
        agent.run = self.run
        return agent

    def clock(self):
        return self.t + self.offset

    def play(self):
        """Returns what is wrong, or None."""
        for agent in self.agents:
            self.touch(agent)
        for _ in range(TURNS):
            self.t += self.rng.choice([0, 0, 0, 1, 1000, 20_000, 100_000, 300_000])
            if self.rng.random() < 0.02:
                self.t += self.rng.randint(0, self.leap)
            for when, agent in [item for item in self.due if item[0] <= self.t]:
                self.due.remove((when, agent))
                self.connect(agent)
            if self.run_at and self.run_at <= self.t and not self.due:
                self.run_at = None
                self.bank_run()
            self.before_turn()
            agent, chance = self.rng.choice(self.agents), self.rng.random()
            if chance < self.thrift:
                self.spend(agent)
            elif chance < 0.4:
                self.send(agent)
            elif chance < self.delivery:
                self.deliver()
            elif chance < 0.88:
                pass
            elif chance < 0.9:
                self.bank_run()
            elif chance < 0.94:
                self.again(agent)
            elif chance < 0.96 and self.network:
                self.network.pop(self.rng.randrange(len(self.network)))
            elif chance < 0.97:
                self.crash(agent)
            elif self.losses and chance < 0.985:
                self.snapshots.append((self.t, self.store.copy()))
            elif self.losses and chance < 0.99:
                self.lose()
            wrong = self.wrong()
            if wrong:
                return wrong
        return self.wrong_in_the_end()

    def before_turn(self):
        pass

    def wrong(self):
        return None

    def bank_run(self):
        """All agents spend all they have, and all that the store gives them, in one instant."""
        for agent in self.agents:
            self.spend(agent, True)
        for agent in self.agents:
            if not agent.call and agent.run == self.run:
                under_way, self.network = self.network, []
                self.send(agent, True)
                for _ in range(2):                                 # the call, then its answer
                    for to, arguments in [self.network.pop() for _ in self.network[:1]]:
                        to(*arguments)
                self.network = under_way
                self.spend(agent, True)

    # The network.

    def transmit(self, agent):
        if agent.run == self.run:
            self.network.append((self.execute, (agent, agent.name, self.caller(agent), agent.key, agent.call, self.run)))

    def deliver(self):
        """The oldest message, or any, or one twice."""
        if self.network:
            at = 0 if self.rng.random() < 0.7 else self.rng.randrange(len(self.network))
            to, arguments = self.network[at]
            if self.rng.random() < 0.9:
                self.network.pop(at)
            to(*arguments)

    def execute(self, agent, name, caller, key, ask, run):
        """What a call does at the store. One to a former life of it comes to nothing."""
        if run != self.run:
            return
        answer = self.store.call(self.clock(), caller, key, ask)
        fence = self.store.fence
        self.executed(agent, name, key, ask, answer)
        self.network.append((self.reply, (agent, name, ask, answer, run, fence.epoch, fence.operations)))

    def reply(self, agent, name, ask, answer, run, epoch, operations):
        if agent in self.dead or agent.name != name or not agent.call or agent.call.sequence != ask.sequence or run != agent.run:
            return
        agent.epoch, agent.operations = max(agent.epoch, epoch), operations
        agent.call = None
        self.answered(agent, ask, answer)

    def again(self, agent):
        if agent.call and self.t - agent.sent <= LEASE:
            self.transmit(agent)
        elif agent.call:
            self.replace(agent, True)

    def caller(self, agent):
        # Its first life is trusted to be the first. (Later, a newcomer would make an empty store full: declared.)
        # No estimate of the store's time: a call that is this late would be taken for a jump of the clock, which costs a
        # freeze and never a token, but leaves nothing to see here.
        return Caller(agent.name, str(agent.run), agent.epoch, agent.operations, 0, int(self.run == 0), int(FREEZE * US))

    # Life and death.

    def replace(self, agent, knows):
        """Another incarnation takes an agent's place."""
        heir = self.born()
        if knows:
            heir.run, heir.epoch, heir.operations = agent.run, agent.epoch, agent.operations
        self.dead.append(agent)
        self.agents[self.agents.index(agent)] = heir
        self.due = [(when, heir if who is agent else who) for when, who in self.due]
        self.died(agent, heir)
        return heir

    def died(self, agent, heir):
        pass

    def crash(self, agent):
        self.replace(agent, self.rng.random() < 0.7)

    def lose(self):
        """The store's next life has what a snapshot has, or nothing. The worst time is between two runs on the bank."""
        if self.rng.random() < 0.5:
            self.snapshots.append((self.t, self.store.copy()))
            self.bank_run()
        self.run_at = self.t + int(FREEZE * US) + self.rng.randint(0, US)
        since, heir = 0, Store(self.broken)
        if self.snapshots and self.rng.random() < 0.7:
            since, heir = self.rng.choice(self.snapshots[-2:])
            heir = heir.copy()
        elif self.rng.random() < 0.4:
            since, heir = self.t, self.store.copy()                # a restart that forgets nothing
        self.snapshots = []
        self.forgotten(since)
        self.store, self.run = heir, self.run + 1
        self.due = [(self.t + self.rng.randint(0, int(DEPOSED * US)), agent) for agent in self.agents]

    def connect(self, agent):
        if agent.call:
            agent = self.lost_connection(agent)
        agent.run = self.run
        self.touch(agent)

    def lost_connection(self, agent):
        return self.replace(agent, True)

    def touch(self, agent):
        self.store.touch(self.clock(), self.caller(agent), 10 * US)
        agent.epoch, agent.operations = self.store.fence.epoch, self.store.fence.operations
