#!/usr/bin/env python3
"""Drives the model and the lease script, in a real redis-server, with the same histories: every answer and everything that
is stored must be the same.

Time is injected: the script's one line that reads the clock takes the last argument instead (`lease_script.timed`), so
nothing here waits, and the server's own expiry (at least ten seconds away) never meets a history. Keys that have outlived
their need are deleted now and then, in both.

Run:  python3 differential.py [HISTORIES] [--seed N] [--break-NAME]
(needs redis-server; exits 1 at the first difference. A rule that only the model breaks is a difference.)
"""
import random, struct, sys

import lease_script
from leases.ask import Ask, Caller
from leases.constants import US
from leases.store import Store
from redis_server import RedisServer

CALLS = 40                  # of one history
START = 1_760_000_000 * US  # a time as servers have it
LARGEST = (1 << 52) - 1     # amount x per


def terms(rng):
    """Amounts of one bucket, often at the edge of what is exact."""
    amount = rng.choice([1, 5, 20, 100, 1000, 1_000_000, 1 << rng.randint(1, 46)])
    num, per = rng.choice([(amount, 60 * US), (amount, 2 * US), (amount, US), (7, 3 * US), (1, 1), (3, 1000), (1, 3600 * US),
                           (rng.randint(1, 1 << 30), rng.randint(1, 1 << 20)), (1 << 51, 1), (1, LARGEST // amount)])
    return amount, num, max(1, min(per, LARGEST // amount))


class History:
    """One tag, a few keys, some agents that know of each other only through the store."""

    def __init__(self, seed, redis, sha, broken):
        self.rng, self.redis, self.sha, self.seed, self.broken = random.Random(seed), redis, sha, seed, broken
        self.store, self.clock, self.run = Store(broken), START, "r0"
        self.tag = "{w%03d}:t:" % (seed % 256)
        self.freeze, self.calm = self.rng.choice([0, US // 10, US]), self.rng.random() < 0.5
        self.trust = self.rng.choice([0, 1, 1])
        self.agents = [f"{n:032x}" for n in range(self.rng.randint(1, 6))]
        self.known = {agent: (0, 0, 0) for agent in self.agents}        # epoch, operations, the time then
        self.sequences, self.holding, self.totals, self.last = {}, {}, {}, {}
        self.names = [f"{kind}{n}" for n, kind in enumerate(self.rng.choices("bbws", k=self.rng.randint(1, 3)))]
        self.version = 0 if self.rng.random() < 0.5 else 1
        self.amounts = {name: terms(self.rng) for name in self.names}
        self.span = self.rng.choice([US, 60 * US, 30 * 86400 * US])
        self.counts = dict(calls=0, granted=0, frozen=0, lost=0, repeated=0, collected=0, restored=0)

    def play(self):
        self.redis("DEL", self.tag + "fence", *[self.tag + name for name in self.names])
        snapshot = None
        for _ in range(CALLS):
            rng = self.rng
            self.clock += rng.choice([0, 1, 10, 1000, US // 10, US, rng.randint(0, 3 * US)])
            happens = rng.uniform(0.08 if self.calm else 0, 1)
            if happens < 0.02:
                self.clock += rng.choice([-20, -1, 1, 5, 100, 86400]) * US
            elif happens < 0.04:
                self.run = f"r{rng.randint(0, 3)}"
            elif happens < 0.05:
                self.flush()
            elif happens < 0.07:
                snapshot = self.dump()
            elif happens < 0.08 and snapshot:
                self.restore(snapshot)
            elif happens < 0.11:
                self.change()
            elif happens < 0.15:
                self.collect()
            if happens > 0.95:
                self.touch()
            else:
                self.call()
            self.compare()

    # What happens to the store.

    def flush(self):
        self.store = Store(self.broken)
        self.redis("DEL", self.tag + "fence", *[self.tag + name for name in self.names])

    def dump(self):
        names = [self.tag + "fence"] + [self.tag + name for name in self.names]
        return self.store.copy(), [(name, self.redis("DUMP", name)) for name in names]

    def restore(self, snapshot):
        self.store = snapshot[0].copy()
        for name, data in snapshot[1]:
            self.redis("DEL", name)
            if data:
                self.redis("RESTORE", name, 0, data)
        self.run = f"r{self.rng.randint(0, 3)}"
        self.counts["restored"] += 1

    def collect(self):
        waits = [since for since in self.store.useless.values() if since is not None and since < self.clock + 400 * 86400 * US]
        if waits and self.rng.random() < 0.5:
            self.clock = max(self.clock, self.rng.choice(waits) + self.rng.choice([-1, 0]))
        before = set(self.store.keys)
        self.store.collect(max(self.clock, self.store.fence.time))
        for name in before - set(self.store.keys):
            self.redis("DEL", self.tag + name)
            self.counts["collected"] += 1

    def change(self):
        name = self.rng.choice(self.names)
        self.amounts[name] = terms(self.rng)
        if self.version:
            self.version += 1

    # What agents say.

    def caller(self, agent):
        epoch, seen, then = self.known[agent]
        latest = self.rng.choice([self.clock + US] * 18 + [0, then + US if then else 0])
        run = self.run if self.rng.random() < 0.98 else "r9"
        return Caller(agent, run, epoch, seen, latest, self.trust, self.freeze)

    def ask(self, agent, name):
        rng, kind, place = self.rng, name[0], (agent, name)
        amount, num, per = self.amounts[name]
        if place in self.last and rng.random() < 0.1:
            self.counts["repeated"] += 1
            return self.last[place]
        held = self.holding.get(place, 0)
        self.sequences[place] = self.sequences.get(place, 0) + 1
        spent = rng.randint(0, held)
        back = rng.randint(0, held - spent)
        extra = rng.choice([0, 0, 0, rng.randint(0, 3 * amount)])
        if kind == "w":
            num = self.clock // self.span * self.span + rng.choice([0, 0, 0, 0, 0, 0, self.span])
            per, extra = num + self.span, int(extra > 0)
            self.totals[place] = self.totals.get(place, 0) + spent
            spent, back = self.totals[place], held - spent - back
        elif kind == "s":
            num = per = spent = extra = 0
            back = max(0, back + rng.choice([0, 0, 1]))
        need = rng.choice([0, 1, rng.randint(0, amount), 2 * amount])
        version = max(0, self.version - rng.choice([0, 0, 0, 1]))
        self.last[place] = Ask(
            kind, self.sequences[place], amount, num, per, version, spent, rng.randint(0, 2 * US) if spent else 0, back, extra,
            need, rng.randint(0, need), rng.choice([0, 1, amount]), rng.choice([US // 2, US, 5 * US]), rng.choice([25, 50, 100]))
        return self.last[place]

    def call(self):
        agent = self.rng.choice(self.agents)
        caller = self.caller(agent)
        names = self.rng.sample(self.names, self.rng.randint(1, len(self.names)))
        asks = [self.ask(agent, name) for name in names]
        expected = [self.store.call(self.clock, caller, names[0], asks[0])]
        fence = self.store.fence
        now = fence.time
        # More keys in one run of the script: the fence is passed once.
        for name, ask in zip(names[1:], asks[1:]):
            expected.append(self.store.serve(now, caller, name, ask))
        wanted = [fence.epoch, fence.operations, fence.fleet, now, max(0, fence.thaw - now)]
        for answer in expected:
            wanted += list(answer)
        keys = [self.tag + "fence"] + [self.tag + name for name in names]
        words = caller.arguments() + [ask.argument() for ask in asks]
        self.same(wanted, self.redis("EVALSHA", self.sha, len(keys), *keys, *words, self.clock), caller, names, asks)
        self.known[agent] = (fence.epoch, fence.operations, now)
        for name, answer in zip(names, expected):
            key = self.store.keys.get(name)
            lease = key and key.leases.get(agent)
            self.holding[agent, name] = lease.tokens if lease else 0
            self.counts["granted"] += answer.granted > 0
            self.counts["frozen"] += answer.standing == 2
            self.counts["lost"] += answer.standing == 0
        self.counts["calls"] += len(names)

    def touch(self):
        agent = self.rng.choice(self.agents)
        caller, life = self.caller(agent), self.rng.choice([US, 10 * US])
        self.store.touch(self.clock, caller, life)
        fence = self.store.fence
        wanted = [fence.epoch, fence.operations, fence.fleet, fence.time, max(0, fence.thaw - fence.time)]
        answer = self.redis("EVALSHA", self.sha, 1, self.tag + "fence", *caller.arguments(),
                            struct.pack("<d", life), self.clock)
        self.same(wanted, answer, caller, life)
        self.known[agent] = (fence.epoch, fence.operations, fence.time)

    # What is stored.

    def compare(self):
        fence = self.store.fence
        stored = lease_script.fields(self.redis("HGETALL", self.tag + "fence"))
        wanted = {name: getattr(fence, name) for name in lease_script.FENCE} if fence.run is not None else None
        packed = stored.pop("state", None)
        self.same(wanted, packed and lease_script.numbers(lease_script.FENCE, packed))
        self.same(fence.run, stored.pop("run").decode() if packed else None)
        self.same({"@" + name: until for name, until in fence.members.items()},
                  {name: int(until) for name, until in stored.items()})
        for name in self.names:
            self.compare_key(name)

    def compare_key(self, name):
        key = self.store.keys.get(name)
        stored = lease_script.fields(self.redis("HGETALL", self.tag + name))
        if key is None:
            return self.same({}, stored, name)
        state = lease_script.numbers(lease_script.KEY, stored.pop("state"))
        wanted = dict(version=key.version, amount=key.amount, amount_until=key.amount_until, epoch=key.epoch, short=key.short,
                      out=key.outstanding(), wants=sum(lease.want for lease in key.leases.values()), holders=len(key.leases))
        if name[0] == "b":
            wanted.update(num=key.num, per=key.per, rate_until=key.rate_until, credit=key.credit, at=key.at)
        elif name[0] == "w":
            wanted.update(credit=key.used)
        self.same(wanted, {field: state[field] for field in wanted}, name)
        leases = {agent[1:]: lease_script.numbers(lease_script.LEASE, packed) for agent, packed in stored.items()}
        self.same({agent: dict(tokens=lease.tokens, expires=lease.expires, sequence=lease.sequence, standing=lease.answer[0],
                               granted=lease.answer[1], retry=lease.answer[2], life=lease.answer[3], want=lease.want,
                               spent=lease.spent, last=lease.last) for agent, lease in key.leases.items()}, leases, name)
        waiting = [lease["expires"] for lease in leases.values()]
        current = state["epoch"] == self.store.fence.epoch
        if current and state["soonest"] > min([at for at in waiting if at > self.store.fence.time], default=1 << 53):
            self.same("an end that nobody overlooks", state["soonest"], name)
        if self.store.useless[name] > state["gone"]:
            self.same(self.store.useless[name], state["gone"], name, "is forgotten too soon")

    def same(self, wanted, found, *about):
        if wanted != found:
            print(f"DIFFERENCE seed={self.seed} at={self.clock} after {self.counts}\n  model   {wanted}\n  script  {found}")
            for thing in about:
                print("  about  ", thing)
            sys.exit(1)


def main():
    seed = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 0
    histories = next((int(arg) for arg in sys.argv[1:2] if arg.isdigit()), 1000)
    broken, totals = next((arg[8:] for arg in sys.argv[1:] if arg.startswith("--break-")), ""), {}
    with RedisServer() as server:
        redis = server.connect()
        sha = redis("SCRIPT", "LOAD", lease_script.timed())
        for n in range(seed, seed + histories):
            history = History(n, redis, sha, broken)
            history.play()
            for name, count in history.counts.items():
                totals[name] = totals.get(name, 0) + count
    print(f"{histories} histories, no difference: " + ", ".join(f"{count} {name}" for name, count in totals.items()))


if __name__ == "__main__":
    main()
