"""Numbers as they are written beside bars, and the round steps of an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

_SIZES = ((10**9, "B"), (10**6, "M"), (10**3, "k"))


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from 0 up to ``steps`` times ``step``."""

    step: float
    steps: int

    @property
    def top(self) -> float:
        """The largest number on the axis."""
        return self.step * self.steps

    @property
    def ticks(self) -> tuple[float, ...]:
        """The numbers at the lines, from 0."""
        return tuple(self.step * index for index in range(self.steps + 1))


def axis(most: float, least: float = 1, lines: int = 4) -> Axis:
    """The axis with the smallest step of 1, 2 or 5 times a power of ten, at least ``least`` (one too), that reaches."""
    power = least
    while True:
        for step in (power, 2 * power, 5 * power):
            steps = max(1, math.ceil(most / step - 1e-9))  # 0.3 / 0.1 is a little more than 3
            if steps <= lines:
                return Axis(step, steps)
        power *= 10


def count(number: float, exact: int = 100_000) -> str:
    """A number in full below ``exact``, with three digits above: "12,345", "123k", "1.5M"."""
    if round(number) < exact:
        return f"{round(number):,}"
    size, letter = next((size, letter) for size, letter in _SIZES if number >= size * 0.9995)
    digits = 2 - min(2, max(0, math.floor(math.log10(number / size * 1.0005))))
    text = f"{number / size:,.{digits}f}"
    return (text.rstrip("0").rstrip(".") if digits else text) + letter


def dollars(amount: float, exact: int = 100_000) -> str:
    """US dollars: "$0", "$0.004", "$12.34", "$1,235", "$123k"."""
    if amount >= 1000:
        return f"${count(amount, exact)}"
    return f"${amount:.2f}" if amount >= 0.01 else f"${amount:.4f}".rstrip("0").rstrip(".")


def tick_dollars(amount: float) -> str:
    """US dollars at the line of an axis, without cents that are nought."""
    return dollars(amount, exact=10_000).removesuffix(".00")


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 picture", "12,345 pictures"."""
    return f"{count(number, 1_000_000_000)} {noun}{'s' * (number != 1)}"
