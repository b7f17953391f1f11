#!/usr/bin/env python3
"""Writes vectors.txt: what prices, parts of fees and invoice lines must come to, as fractions of a nano-unit.

    vectors.py            writes vectors.txt
    vectors.py --check    says whether vectors.txt is what would be written; exits 1 if not
"""
import pathlib, random, sys
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import drafts
import prices

# Periods as contracts have them: a zone, and the local times at which they begin and end.
PERIODS = [
    ("UTC", (2026, 1, 1), (2026, 2, 1)),              # 31 days
    ("UTC", (2026, 2, 1), (2026, 3, 1)),              # 28
    ("UTC", (2028, 2, 1), (2028, 3, 1)),              # 29, a leap year
    ("UTC", (2028, 1, 31), (2028, 2, 29)),            # an anchor on the 31st, in a leap year's February
    ("UTC", (2100, 2, 1), (2100, 3, 1)),              # 28: no leap year
    ("UTC", (2028, 1, 1), (2029, 1, 1)),              # 366 days
    ("Europe/Berlin", (2026, 3, 1), (2026, 4, 1)),    # clocks go forward: 31 days less an hour
    ("Europe/Berlin", (2026, 10, 1), (2026, 11, 1)),  # and back: an hour more
    ("America/New_York", (2026, 11, 1), (2026, 11, 2)),  # a day of 25 hours
    ("Australia/Lord_Howe", (2026, 10, 1), (2026, 11, 1)),  # half an hour less
    ("Pacific/Apia", (2011, 12, 1), (2012, 1, 1)),    # a day that was skipped
    ("Asia/Shanghai", (2026, 2, 1), (2026, 3, 1)),
]
FEES = [1, 10**9, 99 * 10**8, 10**10 + 1, (1 << 63) - 1]
MINOR = {"USD": 2, "JPY": 0, "KWD": 3, "CLF": 4}


def seconds(zone, day):
    return int(datetime(*day, tzinfo=ZoneInfo(zone)).timestamp())


def fraction(value):
    value = Fraction(value)
    return f"{value.numerator}/{value.denominator}"


def rated(rng):
    model = drafts.model(rng)
    while prices.denominator(model) > prices.MOST:
        model = drafts.model(rng)
    units = drafts.units(rng, model)
    answers = []
    for over in (False, True):
        try:
            answers.append(fraction(prices.cost(model, units, over)))
        except prices.Beyond:
            answers.append("beyond")
    if model[0] in ("unit", "graduated", "block"):
        few = rng.randrange(2000)
        assert prices.cost_unit_by_unit(model, few) == prices.cost(model, few, False)
    return "|".join(["rate", prices.text(model), str(units), *answers])


def prorated(rng):
    zone, first, last = rng.choice(PERIODS)
    start, end = seconds(zone, first), seconds(zone, last)
    fee = rng.choice(FEES)
    cuts = sorted(rng.randrange(start, end + 1) for _ in range(2))
    share = Fraction(fee * (cuts[1] - cuts[0]), end - start)
    return "|".join(["prorate", zone, *map(str, [fee, start, end, *cuts]), fraction(share)])


def rounded(rng):
    code, digits = rng.choice(list(MINOR.items()))
    unit = 10 ** (9 - digits)
    whole = rng.randrange(-1000, 1000) * unit
    exact = whole + rng.choice([0, 1, -1, Fraction(unit, 2), Fraction(unit, 2) - Fraction(1, 3), -Fraction(unit, 2),
                                Fraction(rng.randrange(unit * 7), 7), rng.randrange(unit)])
    carry = rng.choice([0, Fraction(1, 3), -Fraction(1, 3), Fraction(unit, 2), Fraction(rng.randrange(-unit, unit), 2)])
    total = exact + carry
    away = int(abs(total) / unit + Fraction(1, 2)) * unit * (1 if total >= 0 else -1)
    return "|".join(["round", code, fraction(exact), fraction(carry), str(away), fraction(total - away)])


def table():
    rng = random.Random(6)
    lines = [rated(rng) for _ in range(600)] + [prorated(rng) for _ in range(80)] + [rounded(rng) for _ in range(120)]
    return "# Made by vectors.py\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    path = pathlib.Path(__file__).with_name("vectors.txt")
    if sys.argv[1:] == ["--check"]:
        if path.read_text() != table():
            sys.exit("vectors.txt is stale: run Tests/Model/billing/vectors.py")
    else:
        path.write_text(table())
