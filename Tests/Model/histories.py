#!/usr/bin/env python3
"""Prints histories of calls to the model's store, with its answers, for the Swift arithmetic to repeat.

One history is a line `store B NUM PER`, then a line a call:
    call NOW AGENT SEQUENCE SPENT AGE BACK NEED FIRST AHEAD TTL SHARE% -> HELD GRANTED RETRY CREDIT OUTSTANDING
Half of the histories have one agent that reports each spend at once and keeps nothing, as the local authority does:
    local NOW TOKENS -> GRANTED RETRY CREDIT
Times are the store's microseconds. Fences are not exercised: run, epoch and clock never change.

Run:  python3 histories.py [SEED] [HISTORIES] [CALLS]
"""
import random, sys
from lease_model import Store, US

FOREVER = 1 << 50


def terms(rng):
    B = rng.choice([1, 5, 20, 100, 1000, 1_000_000])
    num, per = rng.choice([(B, 60 * US), (B, 2 * US), (B, US), (4 * B, US), (7, 3 * US), (1, 1), (3, 1000)])
    return B, num, per


def local(rng, calls):
    B, num, per = terms(rng)
    store = Store(B, num, per)
    store.known_run, now, spent, at = store.run, 0, 0, 0
    print("store", B, num, per)
    for sequence in range(1, calls + 1):
        now += rng.choice([0, 1, 10, 1000, US // 10, 10 * US, rng.randint(0, 3 * US)])
        tokens = rng.choice([1, 1, min(2, B), max(1, B // 3), B])
        _, granted, retry = store.call(now, 0, 1, None, "a", sequence, spent, now - at if spent else 0, 0, tokens, tokens,
                                       0, FOREVER, 1.0)
        spent, at = granted, now
        print("local", now, tokens, "->", granted, retry, store.credit)


def shared(rng, calls):
    B, num, per = terms(rng)
    store = Store(B, num, per)
    store.known_run, now = store.run, 0
    agents = [dict(name=f"a{i}", sequence=0, held=0, last=None) for i in range(rng.randint(1, 5))]
    print("store", B, num, per)
    for _ in range(calls):
        now += rng.choice([0, 1, 10, 1000, US // 10, US, rng.randint(0, 3 * US)])
        a = rng.choice(agents)
        if a["last"] and rng.random() < 0.1:
            request = a["last"]                        # repeated unchanged
        else:
            a["sequence"] += 1
            spent = rng.randint(0, a["held"])
            back = rng.randint(0, a["held"] - spent)
            need = rng.choice([0, 1, rng.randint(0, B), 2 * B])
            request = (a["sequence"], spent, rng.randint(0, 2 * US) if spent else 0, back, need,
                       rng.randint(0, need) if need else 0, rng.choice([0, 1, B]), rng.choice([US // 2, US, 5 * US]),
                       rng.choice([25, 50, 100]))
            a["last"] = request
        sequence, spent, age, back, need, first, ahead, ttl, share = request
        held, granted, retry = store.call(now, 0, 1, None, a["name"], sequence, spent, age, back, need, first, ahead, ttl,
                                          share / 100)
        a["held"] = store.leases[a["name"]][0]
        print("call", now, a["name"], sequence, spent, age, back, need, first, ahead, ttl, share, "->", int(held), granted,
              retry, store.credit, store.outstanding())


def main():
    seed, histories, calls = ([int(a) for a in sys.argv[1:]] + [1, 100, 50][len(sys.argv) - 1:])[:3]
    for n in range(histories):
        rng = random.Random(seed * 1_000_003 + n)
        (local if n % 2 else shared)(rng, calls)


if __name__ == "__main__":
    main()
