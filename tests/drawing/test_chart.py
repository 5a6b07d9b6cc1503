"""Charts of usage: that bars are as long as their numbers, that nothing leaves its place or covers other words."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from bot.drawing.chart import BAR, WIDTH
from bot.drawing.palette import LINE, PROVIDERS, provider_colours
from bot.drawing.svg import Canvas
from bot.models.usage import UsageChart
from bot.ui.words import use_language
from tests.support.drawings import (
    Box,
    draw_usage,
    inside,
    opened,
    overlapping_texts,
    shapes,
    share,
    usage,
    usage_canvas,
)
from tests.support.usages import KNOWN, SHAPES, usages


def panels(canvas: Canvas) -> dict[str, Box]:
    """Each panel by its title."""
    found = [shape.box for shape in shapes(canvas, "rect") if shape.attributes.get("stroke") == LINE]
    titles = {
        shape.text: box for box in found for shape in shapes(canvas, "text") if inside(shape.box, box) and bold(shape)
    }
    assert len(titles) == len(found)
    return titles


def bold(shape: object) -> bool:
    return "stroke" in getattr(shape, "attributes", {})


def bars(canvas: Canvas, panel: str, colour: str) -> list[tuple[float, float]]:
    """Width and height of what has a colour in a panel, from left to right and top to bottom."""
    box = panels(canvas)[panel]
    found = [shape.box for shape in shapes(canvas, "rect") if shape.fill == colour and inside(shape.box, box)]
    return [(right - left, bottom - top) for left, top, right, bottom in sorted(found)]


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_drawn_without_words_over_words(name: str):
    image = opened(draw_usage(SHAPES[name]))
    assert image.width == WIDTH
    assert 500 <= image.height <= 1400
    assert overlapping_texts(usage_canvas(SHAPES[name])) == []


def test_columns_are_as_high_as_their_numbers():
    numbers = [10, 25, 50, 75, 100, 1, 40]
    heights = [height for _, height in bars(usage_canvas(usage(*numbers)), "Pictures a day", PROVIDERS[0])]
    assert max(heights) >= 150
    assert heights == pytest.approx([heights[4] * number / 100 for number in numbers], abs=1)


def test_layers_of_a_column_are_as_high_as_their_numbers():
    canvas = usage_canvas(usage({"bfl": 50, "aimlapi": 30, "vtrix": 20}, {"sandbox": 100}))
    whole = bars(canvas, "Pictures a day", provider_colours(KNOWN)["sandbox"])[0][1]
    for name, part in (("bfl", 0.5), ("aimlapi", 0.3), ("vtrix", 0.2)):  # two pixels keep layers apart
        height = bars(canvas, "Pictures a day", provider_colours(KNOWN)[name])[0][1]
        assert height == pytest.approx(whole * part, abs=2.5)


def test_costs_are_columns_too():
    heights = [height for _, height in bars(usage_canvas(usage(100, 50, 25, cost=0.1)), "Cost a day", BAR)]
    assert heights == pytest.approx([heights[0], heights[0] / 2, heights[0] / 4], abs=1)


def test_one_picture_beside_a_million_is_seen():
    (_, high), (_, low) = bars(usage_canvas(usage(1_000_000, 1)), "Pictures a day", PROVIDERS[0])
    assert (high > 150, low) == (True, 3)


def test_members_bars_are_as_long_as_their_pictures_and_the_rest_has_none():
    made = [100, 80, 50, 25, 10, 10, 10, 10, 10, 10, 9, 9]
    members = tuple(share(f"user {n}", pictures) for n, pictures in enumerate(made))
    canvas = usage_canvas(UsageChart("Server", "", usage(sum(made)).days, members, (share("bfl", sum(made)),)))
    widths = sorted((width for width, _ in bars(canvas, "Members", BAR)), reverse=True)
    assert widths == pytest.approx([widths[0] * pictures / 100 for pictures in made[:10]], abs=1)
    assert "+ 2" in {shape.text for shape in shapes(canvas, "text")}


def test_providers_lines_are_their_parts_of_all_pictures():
    canvas = usage_canvas(usage({"bfl": 60, "vtrix": 30, "sandbox": 10}))
    box = panels(canvas)["Providers"]
    for name, part in (("bfl", 0.6), ("vtrix", 0.3), ("sandbox", 0.1)):
        widest = max(width for width, _ in bars(canvas, "Providers", provider_colours(KNOWN)[name]))
        assert widest == pytest.approx((box[2] - box[0] - 46) * part, abs=1)


def test_a_chart_of_nothing_says_so():
    canvas = usage_canvas(SHAPES["nothing"])
    assert "No pictures yet" in {shape.text for shape in shapes(canvas, "text")}
    assert list(panels(canvas)) == ["Pictures a day"]


@given(usages)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_nothing_leaves_its_panel_or_covers_other_words_whatever_it_is_called(one: UsageChart):
    canvas = usage_canvas(one)
    boxes = panels(canvas).values()
    top = min(box[1] for box in boxes)
    for shape in shapes(canvas, "text", "rect")[1:]:
        assert inside(shape.box, (0, 0, canvas.width, canvas.height))
        if shape.box[1] >= top:
            assert any(inside(shape.box, box) for box in boxes)
    assert overlapping_texts(canvas) == []


def test_the_same_numbers_are_the_same_picture():
    assert draw_usage(SHAPES["a week"]) == draw_usage(SHAPES["a week"])


def test_numbers_have_the_signs_of_the_language():
    with use_language("de"):
        written = {shape.text for shape in shapes(usage_canvas(usage(12_345, 6_000, cost=0.1)), "text")}
    assert {"12.345", "18.345", "15.000", "$1.234", "$733,80"} <= written
