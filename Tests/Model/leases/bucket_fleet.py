"""A fleet that shares one bucket through a store, with everything going wrong that the protocol claims to stand."""
import random
from typing import NamedTuple

from .ask import Ask, Caller
from .bucket_agent import BucketAgent
from .constants import ALONE, DEPOSED, DRIFT, FREEZE, FROZEN, HELD, JUMP, PERIOD, SPARE_US, START_US, TTL, US
from .store import Store
from .timeline import Timeline

KEY = "bucket"


class Scenario(NamedTuple):
    seed: int
    B: int
    num: int
    per: int
    agents: int
    load: float             # tokens per second that are asked for
    seconds: float = 10
    rtt: float = 0.005
    ttl: float = TTL
    horizon: float = 0.05   # seconds of demand that an agent likes to hold
    share: int = 50         # per cent of the bucket that may be out for checks to come
    crashes: float = 0.0    # per arrival
    losses: float = 0.0     # per message
    failovers: int = 0
    restarts: int = 0       # of the server, which forgets nothing
    steps: int = 0          # of the store's clock
    pauses: int = 0         # of an agent (SIGSTOP), from half a lease to two
    weights: tuple = ()     # of the agents' demand; empty: equal
    costs: tuple = (1,)
    bursts: bool = True
    surges: bool = False    # the whole bucket is asked for around each failover
    trust: int = 1
    changes: tuple = ()     # (time, version, B, num, per, agents that learn it)
    outages: tuple = ()     # (from, to, agents): they do not reach the store
    local: int = 0          # the outage policy `local`, with this N; 0: `deny`
    broken: str = ""

    @property
    def R(self):
        return self.num * US / self.per


class BucketFleet(Timeline):
    def __init__(self, scenario):
        super().__init__()
        self.scenario, self.rng = scenario, random.Random(scenario.seed)
        self.store, self.run_id, self.offset, self.past = Store(scenario.broken), 0, 0.0, []
        self.admitted, self.arrivals, self.granted = [], [], []    # granted: (time, incarnation, tokens, store)
        self.calls = 0
        self.residue = 0.0          # tokens that the model declares as not covered, as far as they occurred
        self.suspects = []          # (name, tokens) granted in what the store has lost and nobody has said so yet
        self.paused = {}            # index -> until
        self.locally = []           # admitted by the outage policy, among the others: (time, tokens)
        self.adopted = []           # (time, version, outstanding) when the store took other amounts
        self.stepped = 0
        self.fleet = []
        for i in range(scenario.agents):
            agent = BucketAgent(f"{i}", 1 + self.rng.uniform(-DRIFT, DRIFT) / 2)
            agent.store, agent.terms = self.store, (0, scenario.B, scenario.num, scenario.per)
            agent.seen = (self.store, START_US, 0.0)   # the store's time is read when connecting, together with its run id
            self.fleet.append(agent)

    def play(self):
        s = self.scenario
        for i in range(s.agents):
            self.demand(i, s.load * (s.weights[i] / sum(s.weights) if s.weights else 1 / s.agents))
            tick = self.rng.uniform(0, 0.1)
            while tick < s.seconds:
                tick += 0.1
                self.at(tick, self.on_agent, i, self.flush)
            self.at(0.0, self.on_agent, i, self.touch)
        for _ in range(s.failovers):
            t = self.rng.uniform(0.1, s.seconds)
            self.at(t, self.failover, False)
            if s.surges:                       # the worst time to forget: just after the bucket has been drained
                self.surge(t - self.rng.uniform(0, 1))
                self.surge(t + FREEZE + self.rng.uniform(-0.5, 1))
        for _ in range(s.restarts):
            self.at(self.rng.uniform(0.1, s.seconds), self.failover, True)
        for _ in range(s.steps):
            self.at(self.rng.uniform(0.1, s.seconds), self.step, self.rng.choice([-10, -1, 0.3, 1, 5, 100]))
        for _ in range(s.pauses):
            self.at(self.rng.uniform(0.1, s.seconds), self.pause, self.rng.randrange(s.agents))
        for t, version, B, num, per, who in s.changes:
            for i in who:
                self.at(t, self.on_agent, i, self.learn, (version, B, num, per))
        if s.failovers:
            for i in range(int(s.seconds / 0.05)):
                self.at(i * 0.05, self.snapshot)
        self.run()
        return self

    def surge(self, t):
        for _ in range(self.scenario.B):
            self.at(max(0, t), self.on_agent, self.rng.randrange(self.scenario.agents), self.arrival, 1)

    def demand(self, i, load):
        s, t = self.scenario, 0.0
        while load > 0:
            t += self.rng.expovariate(load)
            if s.bursts and self.rng.random() < 0.01:
                t += self.rng.uniform(0, 2 * s.ttl)
                for _ in range(self.rng.randint(0, s.B)):
                    self.at(t, self.on_agent, i, self.arrival, self.rng.choice(s.costs))
            if t > s.seconds:
                return
            self.at(t, self.on_agent, i, self.arrival, self.rng.choice(s.costs))

    def clock(self, t):
        """The store's."""
        return START_US + int((t + self.offset) * US)

    def on_agent(self, t, i, what, *arguments):
        """An agent that is stopped does nothing; what happened to it meanwhile comes afterwards, in order."""
        if t < self.paused.get(i, 0):
            self.at(self.paused[i], self.on_agent, i, what, *arguments)
        else:
            what(t, i, *arguments)

    # What happens to the world.

    def snapshot(self, t):
        self.past = self.past[-40:] + [(t, self.store.copy())]

    def step(self, t, seconds):
        self.offset += seconds
        self.stepped = max(0, self.stepped + seconds)

    def pause(self, t, i):
        self.paused[i] = t + self.rng.uniform(0.5, 2) * self.scenario.ttl

    def failover(self, t, intact):
        """Another life of the store: as it was, as it was a while ago, or empty; perhaps with another clock."""
        kept = [old for old in self.past if old[0] <= t - self.rng.choice([0, 0.1, 1.0])]
        since, heir = t, self.store.copy()
        if not intact:
            since, heir = (kept[-1][0], kept[-1][1].copy()) if kept else (t, heir)
            self.offset += self.rng.choice([0, 0, -2, 3])
            if not kept or self.rng.random() < 0.3:
                since, heir = 0.0, Store(self.scenario.broken)
        self.suspects = self.suspects + [(name, tokens) for when, name, tokens in self.granted if when >= since]
        self.granted = [grant for grant in self.granted if grant[0] < since]
        self.run_id += 1
        self.store, self.past = heir, []
        for i in range(self.scenario.agents):
            self.at(t + self.rng.uniform(0, DEPOSED), self.on_agent, i, self.move, self.run_id)

    def move(self, t, i, run_id):
        agent = self.fleet[i]
        if run_id == self.run_id:
            if agent.call:
                agent = self.renamed(i, True)
            agent.store = self.store
            agent.seen = (self.store, self.clock(t), agent.clock(t))
            self.touch(t, i)

    def cut_off(self, t, i):
        return any(start <= t < end and i in who for start, end, who in self.scenario.outages)

    # What agents do.

    def renamed(self, i, knows):
        agent = self.fleet[i].successor(knows)
        self.fleet[i] = agent
        return agent

    def caller(self, agent, t):
        return Caller(agent.name, str(self.run_id), agent.epoch, agent.operations, agent.latest(t), self.scenario.trust,
                      int(FREEZE * US))

    def touch(self, t, i):
        agent = self.fleet[i]
        if agent.store is self.store and not self.cut_off(t, i):
            self.serve_fence(agent, t, lambda clock: self.store.touch(clock, self.caller(agent, t), 10 * US))
            agent.epoch, agent.operations = self.store.fence.epoch, self.store.fence.operations

    def learn(self, t, i, terms):
        agent = self.fleet[i]
        agent.terms = terms
        agent.recalled = self.scenario.broken != "recall"
        if not agent.call and agent.recalled:
            self.send(t, i)

    def arrival(self, t, i, cost):
        agent, s = self.fleet[i], self.scenario
        if self.rng.random() < s.crashes:
            agent = self.renamed(i, self.rng.random() < 0.7)
        self.arrivals.append((t, cost, i))
        agent.demands(t, cost)
        if not agent.waiting and agent.usable(t) >= cost:
            self.admit(t, i, cost)
            low = agent.usable(t) < agent.rate(t) * (2 * s.rtt + 0.005)
            if low and not agent.call and agent.clock(t) >= max(agent.called_at + PERIOD / 2, agent.deny_until):
                self.send(t, i)                # before the lease runs dry
        elif s.local and self.is_alone(t, agent):
            self.decide_alone(t, i, cost)
        elif agent.clock(t) >= agent.deny_until or cost < agent.deny_cost:
            agent.waiting.append((t, cost))
            if not agent.call:
                self.send(t, i)

    def admit(self, t, i, cost):
        agent = self.fleet[i]
        agent.tokens -= cost
        agent.spent += cost
        agent.spent_at = agent.clock(t)
        self.admitted.append((t, cost, i))

    def is_alone(self, t, agent):
        return agent.asked_at is not None and agent.clock(t) - agent.asked_at > ALONE

    def decide_alone(self, t, i, cost):
        """The outage policy `local`: its leases are gone, and it has a bucket of B/N that starts empty."""
        agent, s = self.fleet[i], self.scenario
        _, B, num, per = agent.terms
        parts = s.local if s.broken != "share" else 1
        now = agent.clock(t) * (1 - DRIFT)
        if agent.alone_at is None:
            agent.alone_at, agent.alone_level = now, (B / parts if s.broken == "full" else 0.0)
        agent.alone_level = min(B / parts, agent.alone_level + num * US / per / parts * (now - agent.alone_at))
        agent.alone_at = now
        if agent.alone_level >= cost:
            agent.alone_level -= cost
            agent.debt += cost
            self.admitted.append((t, cost, i))
            self.locally.append((t, cost))

    def flush(self, t, i):
        agent = self.fleet[i]
        if not agent.call and (agent.spent or agent.debt or agent.tokens and self.scenario.broken != "expiry"):
            self.send(t, i, idle=agent.rate(t) == 0 and self.scenario.broken != "expiry")

    def send(self, t, i, idle=False):
        agent, s = self.fleet[i], self.scenario
        want = 0 if agent.recalled else int(agent.rate(t) * s.horizon)
        keep = 0 if idle else min(agent.usable(t), want)
        need, first = sum(cost for _, cost in agent.waiting), agent.waiting[0][1] if agent.waiting else 0
        agent.sequence += 1
        version, B, num, per = agent.terms
        agent.call = Ask("b", agent.sequence, B, num, per, version, spent=agent.spent, back=agent.tokens - keep,
                         extra=agent.debt, need=max(0, need - keep), first=max(0, first - keep), ahead=max(0, want - keep),
                         ttl=int(s.ttl * US), share=s.share)
        agent.tokens, agent.spent, agent.debt = keep, 0, 0         # what is given back is gone; what is kept stays spendable
        agent.called_at, agent.recalled = agent.clock(t), False
        agent.asked_at = agent.clock(t) if agent.asked_at is None else agent.asked_at
        self.transmit(t, i)

    def transmit(self, t, i):
        agent, s = self.fleet[i], self.scenario
        age = int((agent.clock(t) - agent.spent_at) * (1 - DRIFT) * US) if agent.call.spent else 0
        if self.rng.random() >= s.losses and not self.cut_off(t, i):
            self.at(t + self.rng.expovariate(2 / s.rtt), self.execute, i, agent, agent.store, self.caller(agent, t),
                    agent.call._replace(age=age), agent.called_at)
        self.at(t + 0.1 + 2 * s.rtt, self.on_agent, i, self.again, agent, agent.sequence)

    def again(self, t, i, agent, sequence):
        if agent.dead or not agent.call or agent.call.sequence != sequence:
            return
        if agent.clock(t) - agent.called_at > self.scenario.ttl:
            heir = self.renamed(i, True)
            heir.asked_at, heir.alone_at, heir.alone_level = agent.asked_at, agent.alone_at, agent.alone_level
            heir.debt, heir.demand, heir.demand_at = agent.debt + agent.call.extra, agent.demand, agent.demand_at
        else:
            self.transmit(t, i)

    # What the store does.

    def serve_fence(self, agent, t, serves):
        """Lets the store answer, and keeps the books of what it can not know."""
        s, fence, clock = self.scenario, self.store.fence, self.clock(t)
        epoch, key, missing = fence.epoch, self.store.keys.get(KEY), fence.run is None
        out = key.outstanding() if key else 0
        notices = agent.epoch == fence.epoch and 0 < agent.latest(t) < clock
        answer = serves(clock)
        if missing and self.run_id and not fence.thaw and not agent.epoch:
            self.residue += s.B                # trusted, by one who can not know that there was another life
        if self.stepped:
            if not notices and fence.epoch == epoch:               # a newcomer came first, or the step is too small
                self.residue += min(s.B, s.R * self.stepped) + out
            self.stepped = 0
        if self.suspects and fence.valid == fence.epoch:
            self.suspects = []                                     # the loss is known: nothing of before counts
        if self.suspects and fence.time >= fence.thaw and s.broken != "operations":
            # The data was kept, for those who knew better did not come back in time.
            self.residue += sum(tokens for _, tokens in self.suspects)
            self.suspects = []
        return answer

    def execute(self, t, i, agent, target, caller, ask, sent):
        if target is not self.store:
            return                                                 # a deposed server; its last grants are in FREEZE
        self.calls += 1
        # Keys go as soon as they may; what the store spares them beyond that would hide a key that goes too soon.
        self.store.collect(max(self.clock(t), self.store.fence.time) + SPARE_US)
        before = self.store.keys[KEY].version if KEY in self.store.keys else 0
        answer = self.serve_fence(agent, t, lambda clock: self.store.call(clock, caller, KEY, ask))
        fence, key = self.store.fence, self.store.keys.get(KEY)
        if key and key.version != before:
            self.adopted.append((t, key.version, key.outstanding()))
        if answer.granted and self.scenario.failovers:
            self.granted.append((t, agent.name, answer.granted))
        if self.rng.random() >= self.scenario.losses and not self.cut_off(t, i):
            self.at(t + self.rng.expovariate(2 / self.scenario.rtt), self.on_agent, i, self.reply, agent, ask.sequence, answer,
                    target, fence.epoch, fence.operations, fence.time)

    def reply(self, t, i, agent, sequence, answer, target, epoch, operations, now):
        s = self.scenario
        if agent.dead or not agent.call or agent.call.sequence != sequence or agent.store is not target:
            return
        agent.epoch, agent.operations = max(agent.epoch, epoch), operations
        agent.seen = (target, now, agent.called_at)
        agent.asked_at = agent.alone_at = None
        ask, agent.call = agent.call, None
        if answer.standing == FROZEN:          # what was kept may be spent until its old deadline, never longer
            agent.spent, agent.debt = 0, agent.debt + ask.extra
        else:
            if answer.standing != HELD and s.broken != "kept":
                agent.tokens = agent.spent = 0
            agent.tokens += answer.granted
            agent.until = (agent.called_at + s.ttl * (1 - DRIFT)) if s.broken != "expiry" else float("inf")
            agent.recalled = bool(answer.recall) and s.broken != "recall"
        while agent.waiting and agent.usable(t) >= agent.waiting[0][1]:
            self.admit(t, i, agent.waiting.pop(0)[1])
        if agent.waiting and ask.need and not answer.granted:
            agent.deny_until, agent.deny_cost = agent.clock(t) + max(PERIOD, answer.retry / US), max(1, ask.first)
            agent.waiting.clear()
        elif agent.waiting or agent.recalled and agent.tokens:
            self.send(t, i)
