"""What every scene is given: a size, colours, words and chance."""

from __future__ import annotations

import random
from dataclasses import dataclass

from painter.palette import Palette
from painter.surface import Size
from painter.words import Words, mentions


@dataclass(frozen=True, slots=True)
class Sheet:
    """A blank sheet and all that decides what comes on it."""

    size: Size
    palette: Palette
    words: Words
    rng: random.Random
    rich: bool
    """Whether the better model was asked for: more layers and finer detail."""

    @property
    def width(self) -> int:
        """In pixels."""
        return self.size[0]

    @property
    def height(self) -> int:
        """In pixels."""
        return self.size[1]

    @property
    def unit(self) -> float:
        """A hundredth of the side of a square with the same area, so that things keep their size in every ratio."""
        return (self.size[0] * self.size[1]) ** 0.5 / 100

    def says(self, *wanted: str) -> bool:
        """Whether the prompt has one of these words."""
        return mentions(self.words, *wanted)

    def layers(self, plain: int, rich: int) -> int:
        """How many of something, by model."""
        return rich if self.rich else plain
