"""Family trees: where cards and edges stand, that nothing is cropped or covered, and that anything can be drawn."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.drawing.family_tree import PICTURE, PIXELS, name_of
from bot.drawing.palette import ACCENT
from bot.drawing.tree_layout import CARD, TreeLayout, laid_out
from bot.models.family import Family, Part, Shown, ancestors, lineage, reading_order, shown
from bot.ui.views.family import tree_captions
from tests.support.drawings import (
    chain,
    draw_family,
    encoded,
    family_canvas,
    inside,
    opened,
    overlap,
    overlapping_texts,
    relative,
    shapes,
    star,
)
from tests.support.families import families
from tests.support.usages import HOSTILE

BLEND = Family((relative(0), relative(1, 0), relative(2, 0), relative(3, 1, 2)), "c3-1")


def boxes(layout: TreeLayout) -> list[tuple[float, float, float, float]]:
    return [(x, y, x + CARD[0], y + CARD[1]) for x, y in layout.cards.values()]


@given(families())
def test_pictures_are_read_in_an_order_in_which_parents_come_first(family: Family):
    parents = lineage(family.relatives)
    order = reading_order(parents, ancestors(family.current, parents))
    assert sorted(order) == sorted(parents)
    assert all(order.index(parent) < order.index(code) for code, its in parents.items() for parent in its)


def test_the_way_to_the_current_picture_is_read_without_a_detour():
    family = Family(
        (relative(0), relative(1, 0), relative(2, 1), relative(3, 0), relative(4, 3), relative(5, 4), relative(6, 3)),
        "c5-1",
    )
    kin = lineage(family.relatives)
    upwards = ancestors("c5-1", kin)
    assert set(reading_order(kin, upwards)[: len(upwards)]) == upwards


@settings(deadline=None)
@given(families(), st.integers(1, 60))
def test_no_two_cards_overlap_and_all_are_inside(family: Family, limit: int):
    layout = laid_out(shown(family, limit))
    assert len(layout.cards) == len(shown(family, limit).family.relatives)
    for one, other in combinations(boxes(layout), 2):
        assert not overlap(one, other)
    assert all(inside(box, (0, layout.header, layout.width, layout.height)) for box in boxes(layout))


@settings(deadline=None)
@given(families(), st.integers(1, 60))
def test_edges_keep_clear_of_the_cards_and_of_other_parents_edges(family: Family, limit: int):
    layout = laid_out(shown(family, limit))
    stretches: list[tuple[object, float, float, float, float]] = []
    for edge in layout.edges:
        for (x, y), (there, down) in pairwise(edge.points):
            assert x == there or y == down
            stretches.append((edge.net, min(x, there), min(y, down), max(x, there), max(y, down)))
        assert all(0 < x < layout.width and layout.header <= y < layout.height for x, y in edge.points)
    for net, left, top, right, bottom in stretches:
        assert not any(b[0] < right and left < b[2] and b[1] < bottom and top < b[3] for b in boxes(layout))
        for other, a, b, c, d in stretches:
            if other != net and left == right == a == c:
                assert d < top or bottom < b
            if other != net and top == bottom == b == d:
                assert c < left or right < a


@given(families())
def test_every_step_between_shown_pictures_has_an_edge(family: Family):
    parents = lineage(family.relatives)
    edges = {(edge.net.parent, edge.child) for edge in laid_out(Shown(family, {})).edges}
    assert edges == {(parent, code) for code, its in parents.items() for parent in its}


def test_the_parents_of_a_blend_arrive_at_different_heights():
    ends = {edge.points[-1] for edge in laid_out(shown(BLEND)).edges if edge.child == "c3-1"}
    assert len(ends) == 2


def test_a_bridge_over_pictures_that_are_not_shown_is_dashed():
    canvas = family_canvas(shown(chain(60)), {})
    assert [shape for shape in shapes(canvas, "path") if shape.attributes["stroke-dasharray"] != "none"]
    assert "+ 10" in {shape.text for shape in shapes(canvas, "text")}


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(families(most=30), st.binary(max_size=40), st.integers(1, 30))
def test_anything_is_drawn(family: Family, noise: bytes, limit: int):
    good = encoded((90, 60))
    files = [good, noise, good[: len(good) // 2], b"", encoded((8, 300))]
    opened(draw_family(shown(family, limit), {f"c{n}-1": data for n, data in enumerate(files)}))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(families(most=20), st.lists(st.sampled_from(HOSTILE) | st.text(max_size=80), min_size=2, max_size=5))
def test_no_words_overlap_or_leave_the_picture_whatever_they_are(family: Family, texts: list[str]):
    renamed = tuple(
        relative(
            index,
            *(int(parent[1:-2]) for parent in one.parents),
            member=one.member_id,
            name=texts[index % len(texts)],
            words=texts[-1 - index % len(texts)],
        )
        for index, one in enumerate(family.relatives)
    )
    canvas = family_canvas(shown(Family(renamed, "c0-1")), {})
    assert overlapping_texts(canvas) == []
    assert all(inside(shape.box, (0, 0, canvas.width, canvas.height)) for shape in shapes(canvas, "text"))


@pytest.mark.parametrize("length", [1, 2, 50, 60])
def test_chains_of_any_length_have_a_fitting_size(length: int):
    image = opened(draw_family(shown(chain(length)), {}))
    assert image.width * image.height <= PIXELS * 1.01
    assert 0.7 <= image.width / image.height <= 2.1


def test_nobody_and_many_are_drawn():
    opened(draw_family(Shown(Family((), "c0-1"), {}), {}))
    opened(draw_family(shown(chain(130), 200), {}))


def test_every_card_has_its_number_in_reading_order():
    canvas = family_canvas(shown(star(12, 3)), {})
    numbers = [shape for shape in shapes(canvas, "text") if shape.text.isdigit() and "stroke" in shape.attributes]
    assert [shape.text for shape in numbers] == [str(step) for step in range(1, 13)]
    places = [(round(shape.box[1]), shape.box[0]) for shape in numbers]
    assert places == sorted(places)


@pytest.mark.parametrize("length", [1, 8, 50])
def test_numbers_are_legible_at_the_width_of_a_chat(length: int):
    canvas = family_canvas(shown(chain(length)), {})
    sizes = {float(shape.attributes["font-size"]) for shape in shapes(canvas, "text") if shape.text == "1"}
    assert max(sizes) * 550 / canvas.width >= 8


@pytest.mark.parametrize("size", [(256, 256), (256, 100), (60, 256), (40, 30)])
def test_a_thumbnail_is_shown_whole_in_its_own_ratio(size: tuple[int, int]):
    canvas = family_canvas(shown(chain(1)), {"c0-1": encoded(size)})
    (image,) = shapes(canvas, "image")
    width, height = image.box[2] - image.box[0], image.box[3] - image.box[1]
    assert width / height == pytest.approx(size[0] / size[1], rel=0.03)
    assert max(width, height) <= PICTURE
    x, y = laid_out(shown(chain(1))).cards["c0-1"]
    assert inside(image.box, (x, y, x + CARD[0], y + CARD[1]))


def test_the_corners_of_a_thumbnail_are_in_the_picture():
    source = Image.new("RGB", (200, 100), "#FF0000")
    for corner in ((0, 0), (180, 0), (0, 80), (180, 80)):
        source.paste("#00FF00", (*corner, corner[0] + 20, corner[1] + 20))
    out = BytesIO()
    source.save(out, "JPEG", quality=95)
    canvas = family_canvas(shown(chain(1)), {"c0-1": out.getvalue()})
    left, top, right, bottom = (round(edge) for edge in shapes(canvas, "image")[0].box)
    drawn = opened(canvas.png())
    for x, y in ((left + 5, bottom - 5), (right - 5, top + 60), (right - 5, bottom - 5)):
        red, green, _ = drawn.getpixel((x, y))
        assert (green > 200 and red < 60) == (y == bottom - 5)


def test_embedded_pictures_are_small_copies_and_nothing_else_is_referred_to():
    canvas = family_canvas(shown(chain(2)), {"c0-1": encoded((1000, 1000))})
    (image,) = shapes(canvas, "image")
    kind, data = image.attributes["href"].split(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(BytesIO(b64decode(data))) as small:
        assert max(small.size) <= PICTURE
    assert canvas.svg().count("href") == 1


def test_a_removed_picture_is_not_shown_even_if_its_file_is_there():
    family = Family((relative(0), relative(1, 0, removed=True)), "c0-1")
    canvas = family_canvas(shown(family), {"c1-1": encoded()})
    assert shapes(canvas, "image") == []
    assert [shape.text for shape in shapes(canvas, "text")].count("gone") == 2


def test_only_the_current_picture_has_the_frame():
    layout, canvas = laid_out(shown(chain(3, current=1))), family_canvas(shown(chain(3, current=1)), {})
    frames = [
        shape.box for shape in shapes(canvas, "rect") if shape.fill == ACCENT and shape.box[3] - shape.box[1] > 99
    ]
    x, y = layout.cards["c1-1"]
    assert frames == [(x - 5, y - 5, x + CARD[0] + 5, y + CARD[1] + 5)]


def test_the_way_to_the_current_picture_is_brightest_and_on_top():
    family = Family((relative(0), relative(1, 0), relative(2, 1), relative(3, 1)), "c2-1")
    lines = [shape.attributes for shape in shapes(family_canvas(shown(family), {}), "path")]
    widths = [float(line["stroke-width"]) for line in lines if line["stroke"] not in ("none", "#232730")]
    assert sorted(widths) == [4, 4, 6, 6]  # the dim one again, beneath the bright one of the same parent
    assert (widths[0], widths[-1]) == (4, 6)


def test_fifty_large_pictures_stay_a_small_file():
    data = encoded((1024, 1024))
    family = star(50, 3)
    assert len(draw_family(shown(family), {one.code: data for one in family.relatives})) < 4_000_000


def test_the_same_family_is_the_same_picture():
    assert draw_family(shown(BLEND), {"c0-1": encoded()}) == draw_family(shown(BLEND), {"c0-1": encoded()})


def words(part: Shown) -> tuple[str, str]:
    captions = tree_captions(part)
    return captions.title, captions.size


def test_the_title_counts():
    assert words(shown(chain(1))) == ("The family of c0-1", "1 picture · 1 member")
    assert words(shown(chain(60))) == ("The family of c59-1", "50 of 60 pictures · 1 member")


def test_somebody_without_a_name_is_told_apart_by_their_id():
    captions = tree_captions(shown(chain(1)))
    names = [name_of(Part(member, name, 1, ()), captions) for member, name in ((1234567, "\x00"), (0, ""), (1, "小林"))]
    assert names == ["member 4567", "somebody", "小林"]
