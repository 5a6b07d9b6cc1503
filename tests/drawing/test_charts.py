"""Charts of usage: that bars are as long as their numbers, that nothing leaves its place, and what is said in words."""

from __future__ import annotations

import io
import math
import time
import unicodedata
from collections.abc import Sequence
from itertools import combinations, groupby, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.drawing.charts import Day, Share, UsageChart, draw, words
from bot.drawing.charts.figures import axis, count, counted, dollars, tick_dollars
from bot.drawing.charts.labels import NAME_LINE, spread
from bot.drawing.charts.layout import MARGIN, Places, placed
from bot.drawing.charts.rows import BAR
from bot.drawing.charts.series import COLOURS, REST, provider_colours, series_of, shares_of
from bot.drawing.tree.palette import DEEP, RAISED, RGB
from bot.drawing.tree.plan import Box

KNOWN = ("bfl", "aimlapi", "vtrix", "sandbox")
HOSTILE = [
    "",
    "W" * 100,
    "小林さくら",
    "مرحبا بالعالم",
    "🦊🔥👩‍👩‍👧",
    "\u202eevil\x00\x07\nname",
    "Z̸̢̛a̶͠l̴g̷o̵" * 9,
    "\ud800",
    "i" * 100,
]


def usage(
    *days: dict[str, int] | int, cost: float = 0.04, members: int | None = 3, providers: bool = True
) -> UsageChart:
    """A usage of these days, whose members and providers agree with them."""
    made = [day if isinstance(day, dict) else {"bfl": day} for day in days]
    total = sum(sum(day.values()) for day in made)
    names = dict.fromkeys(name for day in made for name in day)
    by_name = {name: sum(day.get(name, 0) for day in made) for name in names}
    return UsageChart(
        "Anna's Server",
        "the last days",
        tuple(Day(f"{n} Nov", day, sum(day.values()) * cost) for n, day in enumerate(made, 1)),
        tuple(share(f"user {n}", total // members) for n in range(members)) if members else (),
        tuple(share(name, n) for name, n in by_name.items()) if providers else (),
    )


def share(name: str, pictures: int) -> Share:
    return Share(name, pictures, 2 * pictures, 0.04 * pictures)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    assert (image.format, image.mode, image.width) == ("PNG", "RGB", 1600)
    assert 800 <= image.height <= 2000
    assert len(data) <= 500_000
    return image


def places_of(one: UsageChart) -> Places:
    return placed(one, series_of(one))


def runs(image: Image.Image, y: int, place: Box, colours: set[RGB]) -> list[tuple[int, int]]:
    """Where a line across a panel is of one of the colours without a break."""
    line = [(x, image.getpixel((x, y)) in colours) for x in range(place[0], place[2])]
    found = [[x for x, _ in run] for inside, run in groupby(line, key=lambda one: one[1]) if inside]
    return [(xs[0], xs[-1] + 1) for xs in found]


def columns(image: Image.Image, place: Box, colours: set[RGB]) -> list[dict[RGB, int]]:
    """The columns of a panel from left to right: the pixels of each colour, counted near the left edge."""
    base = max(
        y
        for y in range(place[1], place[3] - 60)
        if any(right - left > 30 for left, right in runs(image, y, place, colours))
    )
    return [
        {colour: sum(image.getpixel((left + 9, y)) == colour for y in range(place[1], base + 1)) for colour in colours}
        for left, right in runs(image, base, place, colours)
        if right - left > 30
    ]


SHAPES = {
    "nothing": usage(*[0] * 7, members=None, providers=False),
    "nothing at all": UsageChart("", "", (Day("", {}, 0.0),), (), ()),
    "one day": usage({"bfl": 3, "vtrix": 20}),
    "one picture": usage(0, 0, 1, cost=0.0, members=1),
    "a week": usage(4, {"bfl": 9, "vtrix": 4}, 0, 12, {"sandbox": 3}, 1, 7),
    "a month": usage(*({"bfl": n * 7 % 50, "aimlapi": n * 11 % 23} for n in range(31)), members=500),
    "one member": usage(3, 8, 0, 4, members=None),
    "days alone": usage(3, 8, 0, 4, members=None, providers=False),
    "no providers": usage(3, 8, 0, 4, members=12, providers=False),
    "ten providers": usage(*({f"provider {n}": n + 1 for n in range(10)} for _ in range(3)), members=11),
    "huge": usage(*(dict.fromkeys(KNOWN, 1_000_000) for _ in range(31)), members=500),
    "costs of nothing": UsageChart("Refused", "", (Day("1 Nov", {}, 0.5), Day("2 Nov", {}, 1.5)), (), ()),
    "lists without days": UsageChart("Odd", "", (Day("1 Nov", {}, 0.0),), (share("Anna", 3),), (share("bfl", 3),)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_draws_and_says_its_words(name: str):
    opened(draw(SHAPES[name]))
    assert 0 < len(words(SHAPES[name])) <= 1000


def test_columns_are_as_high_as_their_numbers():
    numbers = [10, 25, 50, 75, 100, 1, 40]
    one = usage(*numbers)
    bars = columns(opened(draw(one)), places_of(one).pictures, {COLOURS[0]})
    heights = [bar[COLOURS[0]] for bar in bars]
    assert len(heights) == len(numbers)
    assert max(heights) >= 200
    for number, height in zip(numbers, heights, strict=True):
        assert height == pytest.approx(heights[4] * number / 100, abs=1.5)


def test_layers_of_a_column_are_as_high_as_their_numbers():
    colours = provider_colours(KNOWN)
    one = usage({"bfl": 50, "aimlapi": 30, "vtrix": 20}, {"bfl": 10, "aimlapi": 0, "vtrix": 90}, {"sandbox": 100})
    image = opened(draw(one))
    first, second, third = columns(image, places_of(one).pictures, set(colours.values()))
    whole = third[colours["sandbox"]]
    for column, shares in ((first, {"bfl": 50, "aimlapi": 30, "vtrix": 20}), (second, {"bfl": 10, "vtrix": 90})):
        for name in KNOWN:  # two pixels keep layers apart, and a rounded corner takes one
            assert column[colours[name]] == pytest.approx(whole * shares.get(name, 0) / 100, abs=4)


def test_costs_are_columns_too():
    one = usage(100, 50, 25, cost=0.1)
    costs = places_of(one).costs
    assert costs
    heights = [bar[BAR] for bar in columns(opened(draw(one)), costs, {BAR})]
    assert heights == pytest.approx([heights[0], heights[0] / 2, heights[0] / 4], abs=1.5)


def test_one_picture_beside_a_million_is_seen():
    one = usage(1_000_000, 1)
    high, low = columns(opened(draw(one)), places_of(one).pictures, {COLOURS[0]})
    assert (high[COLOURS[0]] > 200, low[COLOURS[0]]) == (True, 4)


def test_members_bars_are_as_long_as_their_pictures_and_the_rest_has_none():
    made = [100, 80, 50, 25, 10, 10, 10, 10, 10, 10, 9, 9]
    members = tuple(share(f"user {n}", pictures) for n, pictures in enumerate(made))
    one = UsageChart("Server", "", usage(sum(made)).days, members, (share("bfl", sum(made)),))
    place = places_of(one).members
    assert place
    image = opened(draw(one))
    found = [
        max((right - left for left, right in runs(image, y, place, {BAR})), default=0) for y in range(*place[1::2])
    ]
    rows = [max(run) for wide, run in groupby(found, key=lambda width: width > 5) if wide]
    assert rows == pytest.approx([rows[0] * pictures / 100 for pictures in made[:10]], abs=1.5)


def test_providers_lines_are_their_parts_of_all_pictures():
    one = usage({"bfl": 60, "vtrix": 30, "sandbox": 10})
    place = places_of(one).providers
    assert place
    image, inside = opened(draw(one)), place[2] - place[0] - 72
    for name, part in (("bfl", 0.6), ("vtrix", 0.3), ("sandbox", 0.1)):
        colour = {provider_colours(KNOWN)[name]}
        widest = max((right - left for y in range(*place[1::2]) for left, right in runs(image, y, place, colour)))
        assert widest == pytest.approx(inside * part, abs=1.5)


counts = st.integers(0, 1_000_000) | st.integers(0, 30) | st.just(0)
prices = st.floats(0, 1_000_000) | st.floats(0, 2) | st.just(0.0)
names = st.sampled_from(HOSTILE) | st.text(max_size=100) | st.sampled_from(KNOWN)
shares = st.lists(st.builds(Share, names, counts, counts, prices), max_size=14).map(tuple)
days = st.builds(
    Day, st.sampled_from(["1 Nov", "28 Nov", ""]) | names, st.dictionaries(names, counts, max_size=8), prices
)
usages = st.builds(UsageChart, names, names, st.lists(days, min_size=1, max_size=31).map(tuple), shares, shares)


@given(usages)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_nothing_leaves_its_panel_whatever_it_is_called(one: UsageChart):
    image = opened(draw(one))
    places = places_of(one)
    assert image.height == places.height
    boxes = [box for box in (places.pictures, places.members, places.providers, places.costs) if box]
    for left, top, right, bottom in boxes:
        for side in (left + 24, right - 28):  # inside a panel, words and bars keep this far from its edge
            assert plain_ground(image, (side, top + 24, side + 4, bottom - 24), RAISED)
        assert plain_ground(image, (left + 24, bottom - 12, right - 24, bottom - 8), RAISED)
        image.paste(DEEP, (left, top, right, bottom))
    assert plain_ground(image, (0, places.pictures[1], image.width, image.height), DEEP)
    assert plain_ground(image, (0, 0, MARGIN - 8, image.height), DEEP)
    assert plain_ground(image, (image.width - MARGIN + 8, 0, image.width, image.height), DEEP)
    for (left, top, right, bottom), other in combinations(boxes, 2):
        assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def plain_ground(image: Image.Image, place: Box, colour: RGB) -> bool:
    return image.crop(place).getcolors(1) == [((place[2] - place[0]) * (place[3] - place[1]), colour)]


@given(usages)
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_words_are_one_line_of_at_most_a_thousand_characters(one: UsageChart):
    text = words(one)
    assert len(text) <= 1000
    controls = {letter for letter in text if unicodedata.category(letter)[0] == "C"}
    assert controls <= {"\u2068", "\u2069"}
    assert text.count("\u2068") == text.count("\u2069")


def test_words_say_the_numbers_of_the_chart():
    one = usage({"bfl": 1200, "vtrix": 34}, 0, 66, members=2)
    assert words(one) == (
        "Anna's Server: the last days. 1,300 pictures by 2 members in 3 days; 2,600 credits, $52.00. "
        "Providers: bfl 1,266 (2,532 credits, $50.64), vtrix 34 (68 credits, $1.36). "
        "Members: user 0 650 (1,300 credits, $26.00), user 1 650 (1,300 credits, $26.00). "
        "Days: 1 Nov 1,234 ($49.36), 3 Nov 66 ($2.64)."
    )


def test_words_of_a_large_server_name_its_first_members_and_busiest_days_and_count_the_rest():
    text = words(SHAPES["huge"])
    assert "124,000,000 pictures by 500 members in 31 days; 248,000,000 credits, $4.96M." in text
    assert text.count("user") >= 5
    assert "Busiest days: " in text
    assert text.endswith(" more.")


def test_words_of_nothing_say_so():
    assert words(SHAPES["nothing"]) == "Anna's Server: the last days. No pictures were made."


def test_a_name_without_letters_is_a_rank_and_one_from_right_to_left_stays_by_itself():
    members = (share("\x00", 2), share("مرحبا", 1))
    text = words(UsageChart("Server", "", usage(3).days, members, ()))
    assert "Members: member 1 2 (" in text
    assert "\u2068مرحبا\u2069 1 (" in text


@given(st.floats(0.0001, 1e9), st.sampled_from([1, 0.0001]), st.integers(1, 5))
def test_an_axis_has_few_round_steps_and_reaches(most: float, least: float, lines: int):
    found = axis(most, least, lines)
    assert found.top >= most * (1 - 1e-6)
    assert 1 <= found.steps <= lines
    assert found.step >= least
    assert f"{found.step:e}"[0] in "125"
    assert found.steps == 1 or found.top - found.step < most
    assert len(found.ticks) == found.steps + 1


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0"), (999, "999"), (99_999, "99,999"), (100_000, "100k"), (123_456, "123k"), (999_999, "1M"),
     (1_000_000, "1M"), (1_234_567, "1.23M"), (31_000_000, "31M"), (999_500_000, "1B")],
)  # fmt: skip
def test_large_counts_are_said_in_three_digits(number: int, said: str):
    assert count(number) == said


@given(st.integers(0, 10**11))
def test_a_count_is_short_and_right_to_half_a_percent(number: int):
    said = count(number)
    assert len(said) <= 6
    size = {"k": 1e3, "M": 1e6, "B": 1e9}.get(said[-1], 1)
    assert float(said.rstrip("kMB").replace(",", "")) * size == pytest.approx(number, rel=0.0051)


@pytest.mark.parametrize(
    ("amount", "said", "tick"),
    [(0, "$0", "$0"), (0.00001, "$0", "$0"), (0.004, "$0.004", "$0.004"), (0.5, "$0.50", "$0.50"), (2, "$2.00", "$2"),
     (999.5, "$999.50", "$999.50"), (1234.5, "$1,234", "$1,234"), (20_000, "$20,000", "$20k"), (1e6, "$1M", "$1M")],
)  # fmt: skip
def test_dollars_have_the_digits_that_matter(amount: float, said: str, tick: str):
    assert (dollars(amount), tick_dollars(amount)) == (said, tick)


def test_one_is_singular():
    assert [counted(n, "picture") for n in (0, 1, 12_345_678)] == ["0 pictures", "1 picture", "12,345,678 pictures"]


def test_a_provider_keeps_its_colour_whoever_else_is_there():
    alone = {name: provider_colours([name])[name] for name in KNOWN}
    assert len(set(alone.values())) == len(KNOWN)
    assert provider_colours(KNOWN) == alone
    assert provider_colours(reversed(KNOWN)) == alone


@given(st.lists(names, max_size=7, unique=True))
def test_seven_providers_have_seven_colours(several: list[str]):
    assert len(set(provider_colours(several).values())) == len(several)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6), st.integers(276, 400))
def test_names_beside_layers_stand_in_their_order_without_touching(parts: list[int], room: int):
    ends = [sum(parts[: n + 1]) * 276 // (sum(parts) or 1) for n in range(len(parts))]
    found = spread(ends, room)
    assert found[0] >= NAME_LINE // 2
    assert found[-1] <= room - NAME_LINE // 2
    assert all(above - below >= NAME_LINE for below, above in pairwise(found))


@given(usages)
def test_the_layers_are_all_providers_with_the_smallest_as_one(one: UsageChart):
    layers = series_of(one)
    assert len(layers) <= 6
    assert len({layer.colour for layer in layers}) == len(layers)
    assert sum(layer.of(day) for layer in layers for day in one.days) == one.pictures
    assert sum(part.pictures for part in shares_of(one, layers)) == sum(part.pictures for part in one.providers)


# How red, green and blue light mix for people without one kind of cone: Machado, Oliveira and Fernandes, 2009.
EYES = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def seen(colour: RGB, eyes: str) -> tuple[float, ...]:
    """A colour in Oklab, in which distances are those that are seen."""
    light = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    light = [min(1.0, max(0.0, dot(row, light))) for row in EYES[eyes]]
    to_cones = (
        (0.41222147, 0.53633254, 0.05144599),
        (0.2119035, 0.6806995, 0.10739696),
        (0.08830246, 0.28171884, 0.62997870),
    )
    cones = [dot(row, light) ** (1 / 3) for row in to_cones]
    to_lab = (
        (0.21045426, 0.79361779, -0.00407205),
        (1.9779985, -2.42859221, 0.45059371),
        (0.02590404, 0.78277177, -0.80867577),
    )
    return tuple(dot(row, cones) for row in to_lab)


@pytest.mark.parametrize("eyes", EYES)
def test_no_two_colours_look_alike_to_anybody(eyes: str):
    for one, other in combinations((*COLOURS, REST), 2):
        assert math.dist(seen(one, eyes), seen(other, eyes)) > 0.1


def test_the_largest_chart_is_drawn_in_less_than_half_a_second():
    def spent() -> float:
        start = time.process_time()
        draw(SHAPES["huge"])
        return time.process_time() - start

    assert min(spent() for _ in range(3)) < 0.5
