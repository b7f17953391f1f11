"""The outage policy `local`: what a fleet admits while agents do not reach the store.

    in every interval of length d: 2B + R*d, and R/N for every second that an agent is alone while others are not;
    of it alone, since the outage began: R/N for every second and agent, for the bucket of B/N starts empty;
    over a long outage of all of them no more than B + R*d in the end, but for what some take before others have reported
    their debt: nobody is refused for what he never spent, and nobody has spent twice.
"""
import random

from .bucket_fleet import BucketFleet, Scenario
from .constants import ALONE, US
from .judge import worst_excess

BREAKS = ("full", "share", "debt")
REPORTED = 0.3          # seconds after an outage in which everybody has called once


def scenario(seed, broken):
    rng = random.Random(seed)
    agents, B = rng.choice([2, 4, 8]), rng.choice([20, 100])
    R = B / 4
    everybody = tuple(range(agents))
    who = everybody if rng.random() < 0.5 else tuple(rng.sample(everybody, rng.randint(1, agents - 1)))
    start = rng.uniform(1, 3)
    return Scenario(seed, B, int(R * 4), 4 * US, agents=agents, load=rng.choice([2, 4]) * R, seconds=14,
                    rtt=rng.choice([0.0005, 0.005]), outages=((start, start + rng.choice([2, 5, 5]), who),), local=agents,
                    broken=broken)


def allowance(s, admitted):
    """The worst excess over 2B + R*d + the parts of those that are alone while others are not."""
    (start, end, who), = s.outages
    extra = s.R * len(who) / s.local if len(who) < s.agents else 0.0
    worst, low, cum = float("-inf"), float("inf"), 0.0
    for t, cost in sorted(admitted):
        promised = s.R * t + extra * max(0.0, min(t, end + 2 * ALONE) - start)
        low = min(low, cum - promised)
        cum += cost
        worst = max(worst, cum - promised - low - 2 * s.B)
    return worst


def check(seed, broken=""):
    s = scenario(seed, broken)
    fleet = BucketFleet(s).play()
    admitted = [(t, cost) for t, cost, _ in fleet.admitted]
    (start, end, _), = s.outages
    excess = allowance(s, admitted)
    if excess > 1e-3:
        return f"{excess:.3f} over 2B + R*d: {s}", None
    spent = 0
    for t, cost in fleet.locally:
        spent += cost
        if spent > s.R * len(s.outages[0][2]) / s.local * (t - start) + 1e-3:
            return f"{spent} spent alone {t - start:.2f} s after the start: {s}", None
    calm = worst_excess([item for item in admitted if item[0] < start], s.B, s.R)
    if calm > 1e-3:
        return f"{calm:.3f} over the bound before anybody was alone: {s}", None
    if len(s.outages[0][2]) == s.agents and (end - start) * s.R > s.B:
        twice = worst_excess(admitted, s.B, s.R) - s.load * REPORTED
        if twice > 0:
            return f"{twice:.3f} spent twice: {s}", None
    return None, None
