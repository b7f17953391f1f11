"""Price models as exact fractions of a nano-unit, written down as plainly as they are said.

A model is a tuple: its name and its parts, as PriceModel.swift has them. `cost` is by ranges of units; `cost_unit_by_unit` asks
each unit what it costs, which is slow, and obviously right; the two are compared by vectors.py.
"""
import math
from fractions import Fraction

MOST = (1 << 63) - 1  # an int64 of nano-units


class Beyond(Exception):
    """A part of the price that does not fit an int64 of nano-units."""


def fits(value):
    if value > MOST:
        raise Beyond
    return value


def cost(model, units, over):
    """What `units` of a period cost; `over`: whether the period is, so that minimums apply."""
    return fits(_cost(model, units, over))


def _cost(model, units, over):
    name, *parts = model
    if name == "fee":
        return Fraction(parts[0])
    if name == "unit":
        nano, per = parts
        return Fraction(nano * units, per)
    if name == "graduated":
        total, start = Fraction(0), 0
        for up_to, nano, per, fee in parts[0]:
            if units > start:
                total += Fraction(nano * ((units if up_to is None else min(units, up_to)) - start), per) + fee
            start = up_to
            if start is None or units <= start:
                break
        return total
    if name == "volume":
        if units == 0:
            return Fraction(0)
        _, nano, per, fee = next(tier for tier in parts[0] if tier[0] is None or units <= tier[0])
        return Fraction(nano * units, per) + fee
    if name == "block":
        size, nano = parts
        return Fraction(-(-units // size) * nano)
    if name == "included":
        covered, nano, then = parts
        return nano + cost(then, max(0, units - covered), over)
    if name == "free":
        covered, then = parts
        return cost(then, max(0, units - covered), over)
    if name == "minimum":
        nano, inner = parts
        return max(Fraction(nano), cost(inner, units, over)) if over else cost(inner, units, over)
    if name == "maximum":
        nano, inner = parts
        return min(Fraction(nano), cost(inner, units, over))
    if name == "off":
        millionths, inner = parts
        return cost(inner, units, over) * (1 - Fraction(millionths, 1_000_000))
    assert name == "sum"
    return sum((cost(inner, units, over) for inner in parts[0]), Fraction(0))


def cost_unit_by_unit(model, units):
    """The same of a model without nesting, one unit after the other."""
    name, *parts = model
    if name == "unit":
        return sum((Fraction(parts[0], parts[1]) for _ in range(units)), Fraction(0))
    if name == "graduated":
        total, reached = Fraction(0), set()
        for unit in range(1, units + 1):
            tier = next(t for t in parts[0] if t[0] is None or unit <= t[0])
            total += Fraction(tier[1], tier[2]) + (tier[3] if tier not in reached else 0)
            reached.add(tier)
        return total
    if name == "block":
        return Fraction(sum(parts[1] for unit in range(units) if unit % parts[0] == 0))
    return None


def denominator(model):
    """What the denominators of all costs divide; a price is refused where it does not fit an int64."""
    name, *parts = model
    if name == "unit":
        return Fraction(*parts).denominator
    if name in ("graduated", "volume"):
        return math.lcm(*(Fraction(nano, per).denominator for _, nano, per, _ in parts[0]))
    if name == "off":
        return denominator(parts[1]) * (1 - Fraction(parts[0], 1_000_000)).denominator
    if name == "sum":
        return math.lcm(*map(denominator, parts[0]))
    return denominator(parts[-1]) if name in ("included", "free", "minimum", "maximum") else 1


def text(model):
    """The model in prefix notation: every name is followed by what it has, lists by their length first."""
    name, *parts = model
    words = [name]
    for part in parts:
        if isinstance(part, list):
            words.append(str(len(part)))
            for item in part:
                words.append(text(item) if isinstance(item[0], str) else " ".join("-" if n is None else str(n) for n in item))
        elif isinstance(part, tuple):
            words.append(text(part))
        else:
            words.append(str(part))
    return " ".join(words)
