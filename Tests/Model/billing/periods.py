#!/usr/bin/env python3
"""Writes periods.txt: the instants at which periods of contracts begin, by Python's zoneinfo.

    periods.py            writes periods.txt
    periods.py --check    says whether periods.txt is what would be written; exits 1 if not

A line: declaration|start of the subscription|boundaries. The first boundary is the start itself, or for an anchor of the calendar the
last one that is not after it; all as seconds since 1970. Everything is written from the meaning: each boundary is the first second at which
the clock shows its local time or a later one.
"""
import pathlib, sys
from calendar import monthrange
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

COUNT = 14
SHORT = 6  # of units that are alike
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

# Zones with what is odd about them, and local times of signups (fold 1: the second time that the clock shows it).
SIGNUPS = [
    ("UTC", "2025-01-31 15:30:12"), ("UTC", "2027-12-31 23:59:59"), ("UTC", "2024-02-29 00:00:00"),
    ("Asia/Shanghai", "2026-01-31 08:00:00"), ("Asia/Shanghai", "1986-05-03 23:30:00"),
    ("Europe/Berlin", "2026-01-29 02:30:00"),         # a month later 02:30 is left out
    ("Europe/Berlin", "2025-09-26 02:30:00"),         # a month later it is shown twice
    ("Europe/Berlin", "2026-10-25 02:30:00 fold"),    # a signup in the hour that is lived twice, the second time
    ("Europe/Berlin", "2026-10-25 02:30:00"),
    ("America/New_York", "2026-11-01 01:15:00 fold"), ("America/New_York", "2026-02-08 02:59:59"),
    ("America/Havana", "2026-10-01 00:00:00"),        # midnight is shown twice or left out
    ("America/Sao_Paulo", "2018-10-31 00:00:00"),     # midnight is left out
    ("Australia/Lord_Howe", "2026-03-05 01:45:00"),   # by half an hour
    ("Pacific/Apia", "2011-11-30 12:00:00"),          # 30 December 2011 is missing
    ("Pacific/Apia", "2011-12-27 10:00:00"),
    ("Asia/Pyongyang", "2015-07-15 00:10:00"),        # half an hour back, at midnight
    ("Europe/Istanbul", "2016-03-26 03:30:00"),       # stays on summer time
    ("Asia/Kathmandu", "2027-12-30 05:45:00"), ("America/St_Johns", "2011-03-13 00:00:30"),
    ("Africa/Casablanca", "2025-02-23 02:10:00"),     # Ramadan
    ("Antarctica/Troll", "2026-03-29 00:59:59"),      # by two hours
]
FORMS = [(1, "day"), (30, "day"), (1, "week"), (2, "week"), (1, "month"), (3, "month"), (5, "month"), (1, "quarter"), (1, "year"), (2, "year")]
ANCHORS = {
    "day": ["signup", "00:00", "02:30"], "week": ["signup", "monday", "sunday"], "month": ["signup", "1", "15", "31"],
    "quarter": ["signup", "1", "31", "02-29"], "year": ["signup", "02-29", "04-06"],
}


def first_showing(local, zone):
    """The first second at which the zone's clock shows `local` or later."""
    def shows(instant):
        return datetime.fromtimestamp(instant, zone).replace(tzinfo=None)
    before, after = sorted(int(local.replace(tzinfo=zone, fold=f).timestamp()) for f in (1, 0))
    if shows(before) == local:
        return before
    # Left out: the clock jumps over it between the two readings.
    low, high = before, after
    while high - low > 1:
        middle = (low + high) // 2
        if shows(middle) >= local:
            high = middle
        else:
            low = middle
    return high


def month_later(year, month, months, day):
    count = year * 12 + month - 1 + months
    year, month = divmod(count, 12)
    return datetime(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def local_starts(count, unit, anchor, local):
    """Local times of boundaries, from one that is well before the signup's on (of a signup: its own)."""
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if anchor == "signup":
        for k in range(COUNT + 1):
            if months:
                day = month_later(local.year, local.month, k * count * months, local.day)
                yield datetime.combine(day.date(), local.time())
            else:
                yield local + timedelta(days=k * count * (7 if unit == "week" else 1))
        return
    if months:
        month, day = (int(p) for p in anchor.split("-")) if "-" in anchor else (1, int(anchor))
        step = count * months
        # Counted from the year 0, in steps.
        now = local.year * 12 + local.month - 1
        k = (now - (month - 1)) // step - 2
        for k in range(k, k + COUNT + 6):
            yield month_later(0, 1, month - 1 + k * step, day)
        return
    if unit == "week":
        first, step, time = datetime(1969, 12, 29) + timedelta(days=WEEKDAYS.index(anchor)), 7 * count, timedelta()
    else:
        hour, minute = (int(p) for p in anchor.split(":"))
        first, step, time = datetime(1970, 1, 1), count, timedelta(hours=hour, minutes=minute)
    k = (local - first).days // step - 2
    for k in range(k, k + COUNT + 6):
        yield first + timedelta(days=k * step) + time


def lines():
    for zone_name, text in SIGNUPS:
        zone = ZoneInfo(zone_name)
        fold = text.endswith(" fold")
        local = datetime.strptime(text.removesuffix(" fold"), "%Y-%m-%d %H:%M:%S")
        start = int(local.replace(tzinfo=zone, fold=int(fold)).timestamp())
        assert datetime.fromtimestamp(start, timezone.utc).astimezone(zone).replace(tzinfo=None) == local, (zone_name, text)
        for count, unit in FORMS:
            for anchor in ANCHORS[unit]:
                starts = [first_showing(s, zone) for s in local_starts(count, unit, anchor, local)]
                if anchor == "signup":
                    starts[0] = start
                else:
                    last = max(i for i, s in enumerate(starts) if s <= start)
                    starts = starts[last:]
                # A day that was skipped is a period without a second.
                starts = [s for i, s in enumerate(starts) if i + 1 == len(starts) or starts[i + 1] != s][:COUNT if unit == "month" else SHORT]
                starts = [s for s in starts if s < 2_145_916_800]  # before 2038
                yield f"{count} {unit} from {anchor} in {zone_name}|{start}|{' '.join(map(str, starts))}"


if __name__ == "__main__":
    path = pathlib.Path(__file__).with_name("periods.txt")
    text = "# Made by periods.py\n" + "".join(line + "\n" for line in lines())
    if "--check" in sys.argv:
        sys.exit(0 if path.read_text() == text else f"{path}: not what {__file__} writes")
    path.write_text(text)
