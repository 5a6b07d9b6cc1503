"""Words in the built-in typeface, spelt with the few glyphs that it has, wrapped and cut to the room there is."""

from __future__ import annotations

import unicodedata
from functools import cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_SPELLING = """
а a б b в v г g д d е e ё e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch
ы y э e ю yu я ya і i ї yi є ye ґ g
α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o
ß ss æ ae œ oe ø o ł l đ d ð d þ th ı i ŋ ng
– - — - − - ‐ - ‑ - „ “ ‚ ’ ′ ’ ″ ” • · → -> × x
"""
_SPELT: dict[str, str] = dict(zip(_SPELLING.split()[::2], _SPELLING.split()[1::2], strict=True))


@cache
def font_of(size: int) -> Font:
    """The typeface at a size in pixels."""
    return ImageFont.load_default(max(6, size))


def plain(text: str, most: int = 600) -> str:
    """The text on one line in letters that have a glyph: without accents, emoji, control characters and CJK."""
    kept = "".join(_spelt(letter) for letter in unicodedata.normalize("NFC", text[: most * 4]))
    return " ".join(kept.split())[:most]


@cache
def _spelt(letter: str) -> str:
    if letter.isspace():
        return " "
    if _drawable(letter):
        return letter
    base = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return "".join(_known(part) for part in base)


def _known(letter: str) -> str:
    if letter.isspace():
        return " "
    if _drawable(letter):
        return letter
    small = _SPELT.get(letter.lower(), "")
    return small.capitalize() if letter != letter.lower() else small


def _drawable(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "CM" and _glyph(letter) != _glyph("\U0010fffe")


@cache
def _glyph(letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font_of(20).getmask(letter)
    return mask.size, bytes(mask)  # pyright: ignore[reportArgumentType]  # a buffer, though untyped


def name_of(member_id: int, name: str) -> str:
    """A member's name as it can be drawn; of one in letters without glyphs, the end of the id tells them apart."""
    return plain(name, 60) or (f"member {member_id % 10000:04}" if member_id else "somebody")


def wrapped(text: str, font: Font, room: float, lines: int) -> list[str]:
    """The text in lines of at most ``room`` pixels; what does not fit ends in an ellipsis."""
    found: list[str] = []
    rest = text
    while rest:
        if len(found) == lines - 1:
            return [*found, fitted(rest, font, room)]
        end = _fitting(rest, font, room)
        space = rest.rfind(" ", 0, end + 1) if end < len(rest) else end
        end = space if space > 0 else end
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return found


def fitted(text: str, font: Font, room: float) -> str:
    """The text, cut to end in an ellipsis if it is wider than ``room`` pixels."""
    if font.getlength(text) <= room:
        return text
    end = _fitting(text, font, room - font.getlength("…"))
    cut = text[:end]
    space = cut.rfind(" ")
    return (cut[:space] if space > end * 0.6 else cut).rstrip(" ,.;:-") + "…"


def _fitting(text: str, font: Font, room: float) -> int:
    """How many characters fit, at least one; by halving, because measuring costs."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(text[:middle]) <= room else (low, middle - 1)
    return low
