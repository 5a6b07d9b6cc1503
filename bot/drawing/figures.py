"""Numbers as they are written beside bars, and the round steps of an axis."""

from __future__ import annotations

import math

_SIZES = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


def axis(most: float, least: float = 1, lines: int = 4) -> list[float]:
    """Round numbers from 0 to at least ``most``: few steps of 1, 2 or 5 times a power of ten (``least`` is one)."""
    sizes = (step * 10**power * least for power in range(99) for step in (1, 2, 5))
    step = next(step for step in sizes if most / step <= lines + 1e-9)  # 0.3 / 0.1 is a little more than 3
    return [step * index for index in range(max(1, math.ceil(most / step - 1e-9)) + 1)]


def count(number: float) -> str:
    """A number in full below 100,000, with three digits above: "12,345", "123k", "1.5M"."""
    if round(number) < 100_000:
        return f"{round(number):,}"
    size, letter = next((size, letter) for size, letter in _SIZES if number >= size * 0.9995)
    return f"{number / size:.3g}{letter}"


def dollars(amount: float) -> str:
    """US dollars: "$0.00", "$0.004", "$12.34", "$1,235", "$123k"."""
    if amount >= 1000:
        return f"${count(amount)}"
    if amount >= 0.01 or not round(amount, 4):
        return f"${amount:.2f}"
    return f"${amount:.4f}".rstrip("0")
