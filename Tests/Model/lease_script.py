"""The product's lease script, taken from its Swift source, and what it stores, unpacked."""
import os, re, struct, textwrap

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Sources/WeirRedis/LeaseScript.swift")
CLOCK = "local clock = now_by_the_server()"

FENCE = ("epoch", "valid", "base", "thaw", "time", "operations", "fleet")
KEY = ("version", "amount", "amount_until", "epoch", "short", "out", "wants", "holders", "soonest", "latest", "gone", "num",
       "per", "rate_until", "credit", "at")
LEASE = ("tokens", "expires", "sequence", "standing", "granted", "retry", "life", "want", "spent", "last")
HEAD, FIELDS = 5, 8         # numbers of an answer, before the keys and for each


def text():
    """The script as agents send it."""
    with open(SOURCE, encoding="utf-8") as source:
        found = re.search(r'#"""\n(.*?)\n\s*"""#', source.read(), re.DOTALL)
    return textwrap.dedent(found[1])


def timed():
    """The script with its clock in the caller's hand: the one line that asks for the time takes the last argument."""
    script = text()
    if script.count(CLOCK) != 1:
        raise SystemExit(f"the script must read its clock in one line: {CLOCK}")
    return script.replace(CLOCK, "local clock = tonumber(ARGV[#ARGV])")


def numbers(names, packed):
    """Doubles that are whole; anything else is an error of the script."""
    values = struct.unpack(f"<{len(names)}d", packed)
    if any(value != int(value) or abs(value) > 1 << 53 for value in values):
        raise SystemExit(f"not an exact integer among {dict(zip(names, values))}")
    return dict(zip(names, map(int, values)))


def fields(flat):
    return {flat[i].decode(): flat[i + 1] for i in range(0, len(flat), 2)}


if __name__ == "__main__":
    print(text(), end="")
