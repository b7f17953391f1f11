"""Whether every agent gets its part when there is less than all would like to have.

Agents have said what they want, and found nothing; time makes tokens; they call again, in any order. Each must then hold at
least LEAST of its part by demand: equal parts starve who needs most, first come first served starves who comes late.
"""
import random

from .ask import Ask, Caller
from .constants import START_US, US
from .store import Store

BREAKS = ("equal", "greedy")
LEAST = 0.95            # of its part less a token for each agent: who waits gets one in any case, and a part is cut in 1024ths
SHARE = "their parts by demand the agents got, the least"


def check(seed, broken=""):
    rng = random.Random(seed)
    kind, agents = rng.choice("bws"), rng.randint(2, 20)
    wishes = [rng.choice([1, 2, 5, 100, 1000]) for _ in range(agents)]
    amount = rng.randint(1, sum(wishes))
    wishes = [min(wish, amount) for wish in wishes]                # nobody's wish is for more than there can be
    wanted = sum(wishes)
    store, now, names = Store(broken), START_US, [f"{n}" for n in range(agents)]

    def ask(n, sequence, need, back=0):
        # A bucket refills in an hour; a window is a day; slots come back when their agent says so.
        num, per = {"b": (amount, 3600 * US), "w": (START_US, START_US + 86400 * US), "s": (0, 0)}[kind]
        return store.call(now, Caller(names[n] if n >= 0 else "hog", trust=1), "k",
                          Ask(kind, sequence, amount, num, per, back=back, need=need, first=min(1, need), ttl=7200 * US,
                              share=100))

    ask(-1, 1, amount)                          # somebody holds all of it
    for n in range(agents):
        ask(n, 1, wishes[n])
    ask(-1, 2, 0, amount if kind == "b" else 0)  # and gives it back
    order = list(range(agents))
    rng.shuffle(order)
    had = {n: ask(n, 2, wishes[n]).granted for n in order}
    owed = {n: amount * wishes[n] // wanted - agents for n in order}
    parts = [(had[n] / owed[n], n) for n in order if owed[n] >= 5]
    if not parts:
        return None, None
    least, n = min(parts)
    wrong = f"{had[n]} of {amount} for a wish of {wishes[n]} among {wanted} ({kind}, {agents} agents)" if least < LEAST else None
    return wrong, least
