"""Other amounts while the fleet runs: what was used stays used, and lowering brings leases back.

    from the store's change on, an interval of length d admits at most B + R*d of the new amounts, and, as long as leases of
    before can live, what they hold beyond the new B; an interval that begins earlier, at most the largest B and R of all.
"""
import random

from .bucket_fleet import BucketFleet, Scenario
from .constants import DRIFT, PERIOD, TTL, US
from .judge import worst_excess

BREAKS = ("used", "version", "smaller", "recall")
WHILE = 0.25            # seconds in which a recall has brought back what is beyond the new amount, if nothing is lost


def scenario(seed, broken):
    rng = random.Random(seed)
    agents, large = rng.choice([2, 5]), rng.choice([100, 1000])
    amounts = [(large, large, US), (large // 10, large // 10, US)]
    everybody = tuple(range(agents))
    if rng.random() < 0.3:                  # no versions: who starts later has other amounts
        changes = ((0.0, 0, *amounts[1], everybody[:1]),)
    else:
        rng.shuffle(amounts)
        laggard = rng.choice([(), everybody[-1:]])                 # learns of the change when it is nearly over
        punctual = tuple(i for i in everybody if i not in laggard)
        changes = ((0.0, 1, *amounts[0], everybody), (2.0, 2, *amounts[1], punctual), (7.0, 2, *amounts[1], laggard))
        if rng.random() < 0.5:
            changes += tuple((2.5 + n * 0.3, 3 + n, *amounts[n % 2], punctual) for n in range(6))
    first = changes[0][2:5] if changes[0][1] else amounts[0]
    return Scenario(seed, *first, agents=agents, load=1.5 * large, seconds=8, rtt=rng.choice([0.0005, 0.005]), horizon=1.0, bursts=False,
                    changes=changes, broken=broken)


class AmountsFleet(BucketFleet):
    """Notes what agents hold a while after each change."""

    def play(self):
        self.held = []
        for t in sorted({change[0] for change in self.scenario.changes}):
            self.at(t + WHILE, self.note)
        return super().play()

    def note(self, t):
        self.held.append((t, sum(agent.usable(t) for agent in self.fleet)))


def check(seed, broken=""):
    s = scenario(seed, broken)
    fleet = AmountsFleet(s).play()
    admitted = [(t, cost) for t, cost, _ in fleet.admitted]
    terms = {version: (B, num * US / per) for _, version, B, num, per, _ in s.changes}
    slack = 1e-3
    if 0 in terms:
        # The smaller amounts, as long as somebody has them: always, but for what was granted before it came.
        B, R = terms[0]
        excess = worst_excess([item for item in admitted if item[0] > 2 * TTL], B, R)
        return (f"{excess:.3f} over the smaller amounts: {s}" if excess > slack else None), None
    largest = max(B for B, _ in terms.values()), max(R for _, R in terms.values())
    excess = worst_excess(admitted, *largest)
    if excess > slack:
        return f"{excess:.3f} over the largest amounts: {s}", None
    ends = [t for t, _, _ in fleet.adopted[1:]] + [s.seconds + 1]
    for (t, version, out), end in zip(fleet.adopted, ends):
        B, R = terms[version]
        life = t + TTL * (1 + DRIFT) + PERIOD
        early = worst_excess([item for item in admitted if t <= item[0] < end], B, R) - max(0, out - B)
        late = worst_excess([item for item in admitted if life <= item[0] < end], B, R)
        if max(early, late) > slack:
            return f"{max(early, late):.3f} over version {version} (outstanding {out}): {s}", None
    for t, held in fleet.held:
        version = max([version for when, version, _ in fleet.adopted if when <= t - WHILE / 2], default=None)
        steady = not any(t - WHILE < when <= t for when, _, _ in fleet.adopted[1:] if when > t - WHILE + 0.1)
        if version is not None and steady and held > terms[version][0]:
            return f"{held} tokens still held {WHILE} s after version {version}: {s}", None
    return None, None
