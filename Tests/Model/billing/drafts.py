"""Price models and amounts of units, drawn at random, often at the edges."""
NAMES = ["fee", "unit", "graduated", "volume", "block", "included", "free", "minimum", "maximum", "off", "sum"]
LEAVES = NAMES[:5]
PER = [1, 3, 7, 10, 1000, 1000, 1_000_000, 1_000_000, 1 << 20, 1 << 30, 10**9]


def nano(rng):
    return rng.choice([0, 1, 333, 10**6, 10**7, 499_999_999, 5 * 10**8, 10**9, 25 * 10**9, rng.randrange(10**12)])


def unit_price(rng):
    return nano(rng), rng.choice(PER)


def count(rng):
    return rng.choice([1, 10, 100, 1000, rng.randrange(1, 5000), 10**6])


def tiers(rng):
    ends = sorted({count(rng) for _ in range(rng.randrange(4))})
    return [(end, *unit_price(rng), rng.choice([0, 0, nano(rng)])) for end in [*ends, None]]


def model(rng, depth=3):
    name = rng.choice(NAMES if depth > 1 else LEAVES)
    if name == "fee":
        return name, nano(rng)
    if name == "unit":
        return name, *unit_price(rng)
    if name in ("graduated", "volume"):
        return name, tiers(rng)
    if name == "block":
        return name, count(rng), nano(rng)
    if name == "included":
        return name, rng.choice([0, count(rng)]), nano(rng), model(rng, depth - 1)
    if name == "free":
        return name, rng.choice([0, count(rng)]), model(rng, depth - 1)
    if name in ("minimum", "maximum"):
        inner = model(rng, depth - 1)
        while inner[0] in ("minimum", "maximum"):  # one that contradicts the other is refused
            inner = model(rng, depth - 1)
        return name, nano(rng), inner
    if name == "off":
        return name, rng.choice([0, 1, 50_000, 100_000, 125_000, 333_333, 1_000_000]), model(rng, depth - 1)
    return name, [model(rng, depth - 1) for _ in range(rng.randrange(1, 4))]


def units(rng, of):
    """Often at the end of a tier, a block or what is covered, or next to it."""
    edges = [n for n in numbers(of) if 0 < n < 10**10]
    near = rng.choice(edges or [1]) + rng.randrange(-1, 2)
    return max(0, rng.choice([0, near, near, near, rng.randrange(10_000), rng.randrange(10**9), rng.randrange(1 << 62)]))


def numbers(of):
    for part in of:
        if isinstance(part, int):
            yield part
        elif isinstance(part, (list, tuple)):
            yield from numbers(part)
