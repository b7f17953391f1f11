"""Integers only, and nothing above 2**53: the script counts in doubles."""


def part(total, weight, weights):
    """The share of `total` that `weight` has among `weights`, in 1024ths, rounded down."""
    if weights >= 1 << 42:
        unit = weights >> 31
        weight, weights = weight // unit, weights // unit
    ratio = min(1024, weight * 1024 // max(1, weights))
    return total // 1024 * ratio + total % 1024 * ratio // 1024


def percent(amount, share):
    return amount // 100 * share + amount % 100 * share // 100


def slower(num, per, other_num, other_per):
    """Whether num/per is at most other_num/other_per. By quotients and remainders, for the products are too large."""
    while True:
        if not other_per or not per:
            return not other_per
        mine, other = num // per, other_num // other_per
        if mine != other:
            return mine < other
        num, per, other_num, other_per = other_per, other_num % other_per, per, num % per
