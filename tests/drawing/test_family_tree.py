"""Families of pictures: who contributed what, what is shown of a large one, where it stands, and that it is drawn."""

from __future__ import annotations

import io
from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.drawing.tree import Family, Relative, Shown, draw, parts, shown
from bot.drawing.tree.drawing import title
from bot.drawing.tree.layout import seated
from bot.drawing.tree.lettering import font_of, name_of, plain, wrapped
from bot.drawing.tree.palette import ACCENT, member_colours
from bot.drawing.tree.plan import planned
from bot.models.family import lineage


def one(number: int, *parents: int, member: int = 1, name: str = "Anna", words: str = "add a boat", **more: bool):
    return Relative(f"c{number}-1", tuple(f"c{p}-1" for p in parents), member, name, words, 1000 * number, **more)


def chain(length: int, current: int | None = None) -> Family:
    last = length - 1 if current is None else current
    return Family(tuple(one(n, *([n - 1] if n else [])) for n in range(length)), f"c{last}-1")


def star(length: int, current: int) -> Family:
    return Family(tuple(one(n, *([0] if n else [])) for n in range(length)), f"c{current}-1")


def encoded(size: tuple[int, int] = (1024, 768), format: str = "JPEG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert(mode).save(out, format)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.format == "PNG"
    assert max(image.size) <= 4000
    assert 0.5 <= image.width / image.height <= 2.5
    return image


@st.composite
def families(draw_: st.DrawFn, most: int = 70, circles: bool = True) -> Family:
    count = draw_(st.integers(1, most))
    relatives: list[Relative] = []
    for number in range(count):
        highest = count + 1 if circles else number - 1
        parents = draw_(st.lists(st.integers(-2, highest), max_size=3)) if highest >= -2 else []
        member = draw_(st.integers(0, 5))
        relatives.append(
            Relative(
                f"c{number}-1",
                tuple(f"c{parent}-1" for parent in parents),
                member,
                draw_(st.sampled_from(["Anna", "Jörg", "小林", "🦊", ""])),
                draw_(st.text(max_size=12)),
                draw_(st.integers(0, 40)) if circles else number,
                draw_(st.booleans()),
            )
        )
    current = draw_(st.integers(0, count - 1))
    return Family(tuple(draw_(st.permutations(relatives))), f"c{current}-1")


def test_parts_say_who_contributed_what_in_the_order_of_the_first_contribution():
    family = Family(
        (
            one(3, 2, member=1, words="wider"),
            one(1, words="a lighthouse"),
            one(2, 1, member=2, name="Jo", words="dusk"),
        ),
        "c3-1",
    )
    first, second = parts(family)
    assert (first.member_id, first.pictures, first.instructions) == (1, 2, ("a lighthouse", "wider"))
    assert (second.member_name, second.pictures, second.instructions) == ("Jo", 1, ("dusk",))


def test_a_small_family_is_shown_whole():
    family = chain(50)
    assert shown(family) == Shown(family, {})


def test_of_a_long_chain_the_beginning_and_the_nearest_are_kept_and_joined_by_a_bridge():
    part = shown(chain(60, current=55))
    kept = {relative.code for relative in part.family.relatives}
    assert kept == {f"c{n}-1" for n in (*range(10), *range(16, 56))}
    assert part.hidden == {"c9-1": 6, "c55-1": 4}
    assert part.bridges == {"c16-1": ("c9-1",)}


def test_of_a_star_the_newest_siblings_are_kept():
    part = shown(star(80, current=5))
    assert {relative.code for relative in part.family.relatives} == {f"c{n}-1" for n in (0, 5, *range(32, 80))}
    assert part.hidden == {"c0-1": 30}


def test_nearer_relatives_come_before_newer_ones():
    family = Family((one(0), one(1, 0), one(2, 1), one(3, 1), one(8, 0), one(9, 8)), "c1-1")
    assert {relative.code for relative in shown(family, 4).family.relatives} == {"c0-1", "c1-1", "c2-1", "c3-1"}


@given(families(), st.integers(-1, 60))
def test_shown_keeps_the_current_one_within_the_limit_and_counts_everybody(family: Family, limit: int):
    part = shown(family, limit)
    codes = {relative.code for relative in part.family.relatives}
    assert family.current in codes
    assert part.family.current == family.current
    assert len(codes) == min(len(family.relatives), max(1, limit))
    assert len(codes) + sum(part.hidden.values()) == len(family.relatives)
    assert codes.issuperset(part.hidden)
    assert codes.issuperset(code for its in part.bridges.values() for code in its)
    assert shown(Family(family.relatives[::-1], family.current), limit).hidden == part.hidden


@given(families(circles=False), st.integers(1, 60))
def test_the_whole_ancestry_is_kept_while_it_fits(family: Family, limit: int):
    parents = lineage(family.relatives)
    above, todo = {family.current}, [family.current]
    while todo:
        fresh = set(parents[todo.pop()]) - above
        above |= fresh
        todo += fresh
    if len(above) <= limit:
        assert above <= {relative.code for relative in shown(family, limit).family.relatives}


@given(families())
def test_lineage_names_parents_first_and_leaves_nobody_out(family: Family):
    parents = lineage(family.relatives)
    assert set(parents) == {relative.code for relative in family.relatives}
    seen: set[str] = set()
    for code, its in parents.items():
        assert seen.issuperset(its)
        assert len(set(its)) == len(its)
        seen.add(code)


@given(families(circles=False))
def test_lineage_keeps_every_step_of_a_family_without_circles(family: Family):
    known = {relative.code for relative in family.relatives}
    for relative in family.relatives:
        assert set(lineage(family.relatives)[relative.code]) == known.intersection(relative.parents)


@settings(deadline=None)
@given(families())
def test_children_sit_later_than_their_parents_and_no_two_cards_overlap(family: Family):
    parents = lineage(family.relatives)
    seats = seated(parents).seats
    assert all(seats[parent].layer < seats[code].layer for code, its in parents.items() for parent in its)
    plan = planned(shown(family))
    for (left, top, right, bottom), other in combinations(plan.boxes.values(), 2):
        assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
    for left, top, right, bottom in plan.boxes.values():
        assert 0 < left < right < plan.size[0]
        assert plan.header[3] <= top < bottom < plan.size[1]


@settings(deadline=None)
@given(families())
def test_lines_keep_clear_of_the_cards_and_of_other_parents_lines(family: Family):
    plan = planned(shown(family))
    stretches: list[tuple[object, int, int, int, int]] = []
    for line in plan.lines:
        for (x, y), (there, down) in pairwise(line.points):
            assert x == there or y == down
            stretches.append((line.net, min(x, there), min(y, down), max(x, there), max(y, down)))
    for net, left, top, right, bottom in stretches:
        assert not any(b[0] < right and left < b[2] and b[1] < bottom and top < b[3] for b in plan.boxes.values())
        for other, a, b, c, d in stretches:
            if other != net and left == right == a == c:
                assert d < top or bottom < b
            if other != net and top == bottom == b == d:
                assert c < left or right < a


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(families(most=30), st.binary(max_size=40), st.integers(1, 30))
def test_anything_is_drawn(family: Family, noise: bytes, limit: int):
    good = encoded((90, 60))
    files = [good, noise, good[: len(good) // 2], b"", encoded((8, 300), "PNG", "LA")]
    opened(draw(shown(family, limit), {f"c{n}-1": data for n, data in enumerate(files)}))


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 8, 13, 30, 60])
def test_chains_are_folded(length: int):
    opened(draw(shown(chain(length)), {}))


def test_a_star_and_a_blend_are_drawn():
    opened(draw(shown(star(80, 3)), {}))
    blend = Family((one(0), one(1, 0), one(2, 0), one(3, 1, 2)), "c3-1")
    plan = planned(shown(blend))
    ends = {line.points[-1] for line in plan.lines if line.child == "c3-1"}
    assert len(ends) == 2
    assert len(plan.lines) == 4


def test_the_whole_is_drawn_even_without_a_limit_or_without_anybody():
    opened(draw(shown(chain(130), 200), {}))
    opened(draw(Shown(Family((), "c0-1"), {}), {}))


@pytest.mark.parametrize(("format", "mode"), [("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")])
def test_thumbnails_of_any_kind_are_cut_to_fit(format: str, mode: str):
    family = Family((one(0), one(1, 0)), "c0-1")
    with_one = opened(draw(shown(family), {"c1-1": encoded((300, 900), format, mode)}))
    assert with_one.tobytes() != opened(draw(shown(family), {})).tobytes()


def test_a_removed_picture_is_not_shown_even_if_its_file_is_there():
    family = Family((one(0), one(1, 0, removed=True)), "c0-1")
    assert draw(shown(family), {"c1-1": encoded()}) == draw(shown(family), {})


def test_the_current_picture_has_the_frame():
    family = chain(3, current=1)
    plan, image = planned(shown(family)), opened(draw(shown(family), {}))
    for code, (left, top, _, bottom) in plan.boxes.items():
        framed = image.getpixel((left - 2, (top + bottom * 3) // 4)) == ACCENT
        assert framed == (code == "c1-1")


def test_fifty_large_pictures_stay_a_small_file():
    data = encoded((1024, 1024))
    family = star(50, 3)
    assert len(draw(shown(family), {relative.code: data for relative in family.relatives})) < 4_000_000


def test_the_title_counts():
    assert title(shown(chain(1))) == ("Family of c0-1", "1 picture · 1 person")
    assert title(shown(chain(60))) == ("Family of c59-1", "50 of 60 pictures, these by 1 person")


def test_names_and_words_are_spelt_with_what_there_is():
    assert plain("Jörg  Müller\n🦊") == "Jorg Muller"
    assert plain("Łukasz · Straße · Žižka · 𝓐𝓷𝓷𝓪") == "Lukasz · Strasse · Zizka · Anna"
    assert plain("Кирилл, Ωmega") == "Kirill, Omega"
    assert plain("小林") == ""
    assert name_of(1234567, "小林") == "member 4567"
    assert name_of(0, "") == "somebody"


@given(st.text(max_size=300), st.integers(40, 300))
def test_wrapped_words_keep_to_their_room(text: str, room: int):
    font = font_of(20)
    lines = wrapped(plain(text), font, room, 2)
    assert len(lines) <= 2
    assert all(font.getlength(line) <= room for line in lines)


def test_every_member_has_a_colour_of_their_own_that_stays():
    many = member_colours([5 << 40, 7, 9, 11])
    assert len(set(many.values())) == 4
    assert member_colours([5 << 40])[5 << 40] == many[5 << 40]
