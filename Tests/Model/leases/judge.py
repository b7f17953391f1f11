"""What is checked: admissions, merged over all agents, against what was promised."""


def worst_excess(admitted, B, R):
    """By how much some interval of length d holds more than B + R*d tokens; negative when none does. O(n)."""
    worst, low, cum = float("-inf"), float("inf"), 0.0
    for t, c in sorted(admitted):
        low = min(low, cum - R * t)
        cum += c
        worst = max(worst, cum - R * t - low - B)
    return worst


def ideal(arrivals, B, R):
    """Tokens that one central bucket would have admitted of these arrivals."""
    return sum(item[1] for item in central(arrivals, B, R))


def central(arrivals, B, R):
    """What one central bucket admits: items of `arrivals`, which are (time, cost, ...)."""
    level, ts, taken = float(B), 0.0, []
    for item in sorted(arrivals):
        level, ts = min(B, level + R * (item[0] - ts)), item[0]
        if level >= item[1]:
            level -= item[1]
            taken.append(item)
    return taken


def most_at_once(spans):
    """The largest number of (start, end) spans that overlap, and when."""
    edges = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans], key=lambda edge: (edge[0], edge[1]))
    most, when, n = 0, 0.0, 0
    for t, step in edges:
        n += step
        if n > most:
            most, when = n, t
    return most, when
