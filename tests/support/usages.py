"""Usage charts of every shape, with names that try to break out."""

from __future__ import annotations

from hypothesis import strategies as st

from bot.models.usage import Day, Share, UsageChart
from tests.support.drawings import share, usage

KNOWN = ("bfl", "aimlapi", "vtrix", "sandbox")
MANY = tuple(f"user {number}" for number in range(500))

HOSTILE = [
    "",
    "</text><script>&\"'<!-- ]]>",
    "a" * 4000,
    "W" * 100,
    "小林さくら",
    "مرحبا بالعالم",
    "🦊🔥👩‍👩‍👧",
    "\u202eevil\x00\x07\nname",
    "Z̸̢̛a̶͠l̴g̷o̵" * 9,
    "\ud800",
    "i" * 100,
]


SHAPES = {
    "nothing": usage(*[0] * 7, members=(), providers=False),
    "nothing at all": UsageChart("", "", (Day("", {}, 0.0),), (), ()),
    "one day": usage({"bfl": 3, "vtrix": 20}),
    "one picture": usage(0, 0, 1, cost=0.0, members=MANY[:1]),
    "a week": usage(4, {"bfl": 9, "vtrix": 4}, 0, 12, {"sandbox": 3}, 1, 7),
    "a month": usage(*({"bfl": n * 7 % 50, "aimlapi": n * 11 % 23} for n in range(31)), members=MANY),
    "one member": usage(3, 8, 0, 4, members=()),
    "days alone": usage(3, 8, 0, 4, members=(), providers=False),
    "no providers": usage(3, 8, 0, 4, members=MANY[:12], providers=False),
    "ten providers": usage(*({f"provider {n}": n + 1 for n in range(10)} for _ in range(3)), members=MANY[:11]),
    "huge": usage(*({str(name): 1_000_000 for name in KNOWN} for _ in range(31)), members=MANY),
    "costs of nothing": UsageChart("Refused", "", (Day("1 Nov", {}, 0.5), Day("2 Nov", {}, 1.5)), (), ()),
    "lists without days": UsageChart("Odd", "", (Day("1 Nov", {}, 0.0),), (share("Anna", 3),), (share("bfl", 3),)),
}


counts = st.integers(0, 1_000_000) | st.integers(0, 30) | st.just(0)
prices = st.floats(0, 1_000_000) | st.floats(0, 2) | st.just(0.0)
names = st.sampled_from(HOSTILE) | st.text(max_size=100) | st.sampled_from(KNOWN)
shares = st.lists(st.builds(Share, names, counts, counts, prices), max_size=14).map(tuple)
days = st.builds(
    Day, st.sampled_from(["1 Nov", "28 Nov", ""]) | names, st.dictionaries(names, counts, max_size=8), prices
)
usages = st.builds(UsageChart, names, names, st.lists(days, min_size=1, max_size=31).map(tuple), shares, shares)
