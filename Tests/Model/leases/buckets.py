"""Histories of one shared bucket: the bound under every fault."""
import random

from .bucket_fleet import BucketFleet, Scenario
from .constants import US
from .judge import ideal, worst_excess

BREAKS = ("expiry", "clock", "order", "fence", "thaw", "trust")
SHARE = "one central bucket would have (no faults)"


def scenario(seed, broken=""):
    rng = random.Random(seed)
    B = rng.choice([1, 5, 20, 100, 1000])
    num, per = rng.choice([(1, 3600 * US), (B, 60 * US), (B, 2 * US), (B, US), (min(4 * B, 2000), US)])
    R = num * US / per
    faults = dict(crashes=rng.choice([0, 0.002]), losses=rng.choice([0, 0.02, 0.3]), failovers=rng.choice([0, 0, 1, 3]),
                  surges=rng.random() < 0.5, horizon=rng.choice([0.05, 0.05, 0.5, 2]),
                  restarts=rng.choice([0, 0, 0, 1]), steps=rng.choice([0, 0, 2]), pauses=rng.choice([0, 0, 3, 30]))
    if rng.random() < 0.2:
        faults = {}
    return Scenario(seed, B, num, per, agents=rng.choice([1, 2, 5, 20]), load=rng.choice([0.3, 1.0, 3.0]) * max(R, 5),
                    rtt=rng.choice([0.0005, 0.005, 0.05]), costs=rng.choice([(1,), (1,), (1, 2, max(1, B // 4)), (1, B)]),
                    trust=rng.choice([0, 1, 1, 1]), broken=broken, **faults)


def check(seed, broken=""):
    """One history. Returns (what is wrong or None, its share of one central bucket or None)."""
    s = scenario(seed, broken)
    fleet = BucketFleet(s).play()
    admitted = [(t, cost) for t, cost, _ in fleet.admitted]
    excess = worst_excess(admitted, s.B, s.R) - fleet.residue
    wrong = None
    if excess > 1e-6 + s.R * 4e-6:                                 # whole microseconds
        wrong = f"{excess:.3f} over the bound (declared residue {fleet.residue:.1f}): {s}"
    best = ideal(fleet.arrivals, s.B, s.R)
    calm = not (s.crashes or s.losses or s.failovers or s.restarts or s.steps or s.pauses) and s.trust
    return wrong, sum(c for _, c in admitted) / best if calm and best > 20 else None
