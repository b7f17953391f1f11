#!/usr/bin/env python3
"""The least privilege with which the lease script runs: that it suffices, and that each right in it is needed.

Run:  python3 access.py      (needs redis-server; exits 1 when a right is missing or idle)
"""
import struct, sys, time

import lease_script
from leases.ask import Ask, Caller
from leases.constants import US
from redis_server import RedisError, RedisServer

# What an agent sends, and what the script calls for it.
SENDS = ("evalsha", "script|load")
CALLS = ("time", "hmget", "hgetall", "hset", "hdel", "del", "pexpire")
KEYS = "~{w*}:t:*"


def exercise(redis):
    """Every path that calls a command: keys that are new and known, leases that are over, a member that has left."""
    sha = redis("SCRIPT", "LOAD", lease_script.text())
    for turn in range(4):
        caller = Caller(f"a{turn % 2}", "r", trust=1)
        redis("EVALSHA", sha, 1, "{w000}:t:fence", *caller.arguments(), struct.pack("<d", 1000))
        for kind in "bws":
            num, per = (0, 1 << 52) if kind == "w" else (1, US)
            ask = Ask(kind, turn + 1, 10, num, per, need=1, first=1, ttl=1000)
            redis("EVALSHA", sha, 2, "{w000}:t:fence", f"{{w000}}:t:{kind}", *caller.arguments(), ask.argument())
        time.sleep(0.003)                      # leases of a millisecond


def attempt(server, rights):
    """The error that an agent with these rights meets, or None."""
    admin = server.connect()
    admin("FLUSHALL")
    admin("SCRIPT", "FLUSH")
    admin("ACL", "SETUSER", "agent", "reset", "on", ">secret", KEYS, *["+" + right for right in rights])
    agent = server.connect()
    agent("AUTH", "agent", "secret")
    try:
        exercise(agent)
    except RedisError as error:
        return str(error)
    return None


def main():
    wrong = []
    with RedisServer() as server:
        refused = attempt(server, SENDS + CALLS)
        if refused:
            wrong.append(f"the rights do not suffice: {refused}")
        for right in SENDS + CALLS:
            if not attempt(server, [other for other in SENDS + CALLS if other != right]):
                wrong.append(f"{right} is not needed")
    print("\n".join(wrong) or f"ACL SETUSER agent on >PASSWORD {KEYS} " + " ".join("+" + right for right in SENDS + CALLS))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
