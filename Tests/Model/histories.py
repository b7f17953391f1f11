#!/usr/bin/env python3
"""Prints histories of calls to the model's store, with its answers, for the Swift arithmetic to repeat.

One history is a line `bucket B NUM PER`, `window Q START END` or `slots N`, then a line a call:
    call NOW AGENT SEQUENCE AMOUNT NUM PER VERSION SPENT AGE BACK EXTRA NEED FIRST AHEAD TTL SHARE
      -> STANDING GRANTED RETRY LIFE LEVEL OUTSTANDING AMOUNT RECALL COUNT
where COUNT is a bucket's credit or a window's used tokens. Half of the histories have one agent of a bucket that reports
each spend at once and keeps nothing, as the local authority does:
    local NOW TOKENS -> GRANTED RETRY CREDIT
Times are the store's microseconds. Fences are not exercised (`differential.py` does): the store never forgets. Nor do the
terms of one bucket change here but for its amount, for Swift counts credit in reduced terms.

Run:  python3 histories.py [SEED] [HISTORIES] [CALLS]
"""
import random, sys

from leases.ask import Ask, Caller
from leases.constants import START_US, US
from leases.store import Store

FOREVER = 1 << 50


def terms(rng):
    amount = rng.choice([1, 5, 20, 100, 1000, 1_000_000])
    num, per = rng.choice([(amount, 60 * US), (amount, 2 * US), (amount, US), (4 * amount, US), (7, 3 * US), (1, 1), (3, 1000)])
    return amount, num, per


def trusted(agent):
    return Caller(agent, trust=1)


def local(rng, calls):
    amount, num, per = terms(rng)
    store, now, spent, at = Store(), START_US, 0, 0
    print("bucket", amount, num, per)
    for sequence in range(1, calls + 1):
        now += rng.choice([0, 1, 10, 1000, US // 10, 10 * US, rng.randint(0, 3 * US)])
        tokens = rng.choice([1, 1, min(2, amount), max(1, amount // 3), amount])
        answer = store.call(now, trusted("a"), "b", Ask("b", sequence, amount, num, per, 1, spent, now - at if spent else 0,
                                                        need=tokens, first=tokens, ttl=FOREVER, share=100))
        spent, at = answer.granted, now
        print("local", now, tokens, "->", answer.granted, answer.retry, store.keys["b"].credit)


def shared(rng, calls):
    kind = rng.choice("bbws")
    amount, num, per = terms(rng)
    if kind == "w":
        num = START_US
        per = num + rng.choice([US, 60 * US, 86400 * US])
    elif kind == "s":
        num = per = 0
    print({"b": "bucket", "w": "window", "s": "slots"}[kind], amount, *([num, per] if kind != "s" else []))
    store, now, version = Store(), START_US, rng.choice([0, 1])
    first_amount = amount
    agents = [dict(name=f"a{i}", sequence=0, held=0, total=0, last=None) for i in range(rng.randint(1, 5))]
    for _ in range(calls):
        now += rng.choice([0, 1, 10, 1000, US // 10, US, rng.randint(0, 3 * US)])
        a = rng.choice(agents)
        if rng.random() < 0.05:
            amount, version = rng.choice([first_amount, max(1, first_amount // 2)]), version and version + 1
        if a["last"] and rng.random() < 0.1:
            ask = a["last"]                                        # repeated unchanged
        else:
            a["sequence"] += 1
            ask = a["last"] = question(rng, kind, a, amount, num, per, max(0, version - rng.choice([0, 0, 1])))
        answer = store.call(now, trusted(a["name"]), kind, ask)
        key = store.keys.get(kind)
        lease = key and key.leases.get(a["name"])
        a["held"] = lease.tokens if lease else 0
        count = 0 if not key or kind == "s" else key.credit if kind == "b" else key.used
        print("call", now, a["name"], *ask[1:], "->", *answer, count)


def question(rng, kind, a, amount, num, per, version):
    spent = rng.randint(0, a["held"])
    back = rng.randint(0, a["held"] - spent)
    extra = rng.choice([0, 0, 0, rng.randint(0, 2 * amount)])
    need = rng.choice([0, 1, rng.randint(0, amount), 2 * amount])
    age = rng.randint(0, 2 * US) if spent else 0
    if kind == "w":
        a["total"] += spent
        spent, back, age, extra = a["total"], a["held"] - spent - back, 0, 0
    elif kind == "s":
        spent = age = extra = 0
    return Ask(kind, a["sequence"], amount, num, per, version, spent, age, back, extra, need, rng.randint(0, need),
               rng.choice([0, 1, amount]), rng.choice([US // 2, US, 5 * US]), rng.choice([25, 50, 100]))


def main():
    seed, histories, calls = ([int(a) for a in sys.argv[1:]] + [1, 100, 50][len(sys.argv) - 1:])[:3]
    for n in range(histories):
        rng = random.Random(seed * 1_000_003 + n)
        (local if n % 2 else shared)(rng, calls)


if __name__ == "__main__":
    main()
