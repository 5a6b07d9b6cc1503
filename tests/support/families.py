"""Families of every shape, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from bot.models.family import Family, Relative


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
