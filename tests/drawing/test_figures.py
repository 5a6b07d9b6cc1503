"""Numbers as they are written, and the steps of axes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drawing.figures import axis, count, dollars


@given(st.floats(0.0001, 1e9), st.sampled_from([1, 0.0001]), st.integers(1, 5))
def test_an_axis_has_few_round_steps_and_reaches(most: float, least: float, lines: int):
    ticks = axis(most, least, lines)
    assert ticks[0] == 0
    assert ticks[-1] >= most * (1 - 1e-6)
    assert 1 <= len(ticks) - 1 <= lines
    assert ticks[1] >= least
    assert f"{ticks[1]:e}"[0] in "125"
    assert len(ticks) == 2 or ticks[-2] < most


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
    ("amount", "said"),
    [(0, "$0.00"), (0.00001, "$0.00"), (0.004, "$0.004"), (0.5, "$0.50"), (2, "$2.00"), (999.5, "$999.50"),
     (1234.5, "$1,234"), (20_000, "$20,000"), (1e6, "$1M")],
)  # fmt: skip
def test_dollars_have_the_digits_that_matter(amount: float, said: str):
    assert dollars(amount) == said
