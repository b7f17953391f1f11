#!/usr/bin/env python3
"""How many calls of the lease script one Redis core serves, beside a bare GCRA script in the same run.

The server's own CPU time counts, not the wall clock, so that a busy machine does not matter; the commands are encoded
before the clock starts, and replies are only counted. Each row is the median of ROUNDS, taken in turns.

Run:  python3 measure.py [CALLS] [ROUNDS] [--json]      (needs redis-server)
"""
import json, re, statistics, sys

import lease_script
from leases.ask import Ask, Caller
from leases.constants import US
from redis_server import Connection, RedisServer

BURST, KEYS = 500, 64       # commands in one write, and keys (one tag) that the calls go round
GCRA = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local at = tonumber(redis.call('GET', KEYS[1]) or 0)
local cost, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
if at < now then at = now end
if at + cost - now > burst then return { 0, at + cost - now - burst } end
redis.call('SET', KEYS[1], string.format('%.0f', at + cost), 'PX', 60000)
return { 1, 0 }
"""


class Load:
    """Commands for one row: `agents` calling for `keys` at a time."""

    def __init__(self, agents, keys, kind="b"):
        self.agents = [Caller(f"{n:032x}", "r0", 0, 0, 0, 1, 3 * US) for n in range(agents)]
        self.keys, self.kind, self.tick = keys, kind, 0

    def commands(self, sha, calls):
        """Every agent calls for every key in turn; each spends what it got and asks for as much again."""
        data = []
        for n in range(calls // self.keys):
            turn = self.tick + n
            agent = self.agents[turn % len(self.agents)]
            first = turn // len(self.agents) * self.keys
            names = [f"{{w000}}:t:{self.kind}{len(self.agents)}x{self.keys}:{(first + k) % KEYS}" for k in range(self.keys)]
            per, sequence = (US, turn + 1) if self.kind == "b" else (1 << 52, turn + 1)
            spent = 5 if self.kind == "b" else 5 * turn
            num = 100_000 if self.kind == "b" else 0
            ask = Ask(self.kind, sequence, 1_000_000, num, per, 1, spent, 1000, 0, 0, 5, 1, 5, US, 50).argument()
            data.append(Connection.encode("EVALSHA", sha, 1 + self.keys, "{w000}:t:fence", *names, *agent.arguments(),
                                          *[ask] * self.keys))
        self.tick += calls // self.keys
        return data


class Bare:
    def commands(self, sha, calls):
        return [Connection.encode("EVALSHA", sha, 1, f"{{w000}}:t:g{n % KEYS}", 1, 1 << 40) for n in range(calls)]


def cpu(redis):
    info = redis("INFO", "cpu").decode()
    return sum(float(re.search(name + r":([\d.]+)", info)[1]) for name in ("used_cpu_user", "used_cpu_sys"))


def run(redis, commands):
    """Seconds of the server's CPU."""
    bursts = [b"".join(commands[at:at + BURST]) for at in range(0, len(commands), BURST)]
    before = cpu(redis)
    for at, burst in enumerate(bursts):
        redis.send(burst)
        replies = min(BURST, len(commands) - at * BURST)
        for _ in range(replies):
            skip(redis.reader)
    return cpu(redis) - before


def skip(reader):
    """One array of integers."""
    line = reader.readline()
    if line[:1] != b"*":
        raise SystemExit(f"unexpected reply: {line!r}")
    for _ in range(int(line[1:])):
        reader.readline()


def main():
    numbers = [int(arg) for arg in sys.argv[1:] if arg.isdigit()]
    calls, rounds = (numbers + [20_000, 5][len(numbers):])[:2]
    loads = {"GCRA": Bare()}
    loads.update({f"{agents} agents per key": Load(agents, 1) for agents in (1, 10, 50)})
    loads.update({f"{agents} agents per key, windows": Load(agents, 1, "w") for agents in (1, 50)})
    loads.update({f"10 agents per key, {keys} keys in one run": Load(10, keys) for keys in (4, 16)})
    found = {name: [] for name in loads}
    with RedisServer() as server:
        redis = server.connect()
        gcra, lease = redis("SCRIPT", "LOAD", GCRA), redis("SCRIPT", "LOAD", lease_script.text())
        for number in range(rounds + 1):
            for name, load in loads.items():
                seconds = run(redis, load.commands(gcra if name == "GCRA" else lease, calls))
                if number:                                         # the first round warms up
                    found[name].append(calls / seconds)
    rates = {name: statistics.median(values) for name, values in found.items()}
    if "--json" in sys.argv:
        return print(json.dumps(rates))
    for name, rate in rates.items():
        print(f"{name:40} {rate / 1000:7.1f} k calls/s of one core   {rate / rates['GCRA']:.2f} of GCRA")


if __name__ == "__main__":
    main()
