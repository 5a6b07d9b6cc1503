"""What is written on drawings, in the reader's language; whoever asks for a drawing brings the words along."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChartCaptions:
    """The words of a usage chart."""

    title: str
    """Where nothing else is its title."""
    totals: tuple[str, ...]
    pictures_a_day: str
    cost_a_day: str
    nothing: str
    """In place of the columns, where no picture was made."""
    members: str
    providers: str
    pictures: str
    credits: str
    cost: str
    nameless: str
    """Who has no name that can be drawn; ``{rank}`` is their place."""
    comma: str = ","
    """What stands between thousands."""
    point: str = "."

    def number(self, english: str) -> str:
        """A number with this language's signs."""
        return english.translate({ord(","): self.comma, ord("."): self.point})


@dataclass(frozen=True, slots=True)
class TreeCaptions:
    """The words of a family tree."""

    title: str
    size: str
    current: str
    photograph: str
    """On the card of one whose pixels are not shown."""
    brought: str
    """Below a photograph, in place of the words that a picture was made of."""
    gone: str
    wordless: str
    member: str
    """Who has no name that can be drawn; ``{number}`` are the last digits of their id."""
    somebody: str
    """Whose name was erased."""
