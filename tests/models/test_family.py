"""Families as values: who contributed what, what is shown of a large one, and in which order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.models.family import Family, Shown, lineage, parts, shown
from tests.support.drawings import chain, relative, star
from tests.support.families import families


def test_parts_say_who_contributed_what_in_the_order_of_the_first_contribution():
    family = Family(
        (
            relative(3, 2, member=1, words="wider"),
            relative(1, words="a lighthouse"),
            relative(2, 1, member=2, name="Jo", words="dusk"),
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
    kept = {one.code for one in part.family.relatives}
    assert kept == {f"c{n}-1" for n in (*range(10), *range(16, 56))}
    assert part.hidden == {"c9-1": 6, "c55-1": 4}
    assert part.bridges == {"c16-1": ("c9-1",)}


def test_of_a_star_the_newest_siblings_are_kept():
    part = shown(star(80, current=5))
    assert {one.code for one in part.family.relatives} == {f"c{n}-1" for n in (0, 5, *range(32, 80))}
    assert part.hidden == {"c0-1": 30}


def test_nearer_relatives_come_before_newer_ones():
    family = Family(
        (relative(0), relative(1, 0), relative(2, 1), relative(3, 1), relative(8, 0), relative(9, 8)), "c1-1"
    )
    assert {one.code for one in shown(family, 4).family.relatives} == {"c0-1", "c1-1", "c2-1", "c3-1"}


@given(families(), st.integers(-1, 60))
def test_shown_keeps_the_current_one_within_the_limit_and_counts_everybody(family: Family, limit: int):
    part = shown(family, limit)
    codes = {one.code for one in part.family.relatives}
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
        assert above <= {one.code for one in shown(family, limit).family.relatives}


@given(families())
def test_lineage_names_parents_first_and_leaves_nobody_out(family: Family):
    parents = lineage(family.relatives)
    assert set(parents) == {one.code for one in family.relatives}
    seen: set[str] = set()
    for code, its in parents.items():
        assert seen.issuperset(its)
        assert len(set(its)) == len(its)
        seen.add(code)


@given(families(circles=False))
def test_lineage_keeps_every_step_of_a_family_without_circles(family: Family):
    known = {one.code for one in family.relatives}
    for one in family.relatives:
        assert set(lineage(family.relatives)[one.code]) == known.intersection(one.parents)
