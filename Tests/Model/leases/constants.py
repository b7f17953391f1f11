"""Numbers that the store and the fleets share. Times with _US are microseconds, the others are seconds."""

US = 1_000_000
DRIFT = 0.01            # clocks may run 1 % fast or slow against each other
TTL = 1.0               # seconds that a lease lives
DEPOSED = 0.5           # seconds for which a deposed primary can still grant
JUMP = 0.25             # seconds by which the store's time may exceed the caller's estimate
FREEZE = (TTL + DEPOSED) * (1 + 2 * DRIFT) + 0.05 + JUMP
PERIOD = 0.02           # seconds between two calls of one agent for one key, when it can choose
RECHECK_US = 50_000     # for which a denial is remembered, and a recall stands, while others may still give tokens back
ALONE = 0.1             # seconds without an answer after which an agent is alone
HOLDERS = 1024          # agents that one key can count; one more is refused
MEMBERS = 4096          # agents that one fence can count; one more is not counted
INEXACT = 1 << 52      # amount x per stays below it
SPARE_US = 10_000_000   # by which a key outlives its need in the store
LONGEST_US = 1 << 52   # 142 years: a bucket that takes longer to fill is forgotten all the same
PAST_US = 48 * 3600 * US  # by which a window outlives its end, should the clock go back

START_US = 1_760_000_000 * US  # the time at which histories begin: years after 0, as for servers

# What the first number of an answer says of the caller's lease.
LOST, HELD, FROZEN, ELSEWHEN, FULL = 0, 1, 2, 3, 4
