"""Which font draws which script: the bundled one for Latin, Greek and Cyrillic, the system's for all others.

Each run of text is given its font beforehand, because resvg's own choice among several fonts in one text is unreliable:
it takes the first face that has a missing glyph, and panics where two fonts cluster an emoji differently.
"""

from __future__ import annotations

import os
from functools import cache, lru_cache
from pathlib import Path
from unicodedata import category, east_asian_width, name

from PIL import ImageFont

BUNDLED = Path(__file__).parent / "typeface" / "NotoSans-Regular.ttf"

_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")

_SIZE = 109  # pixels at which text is measured: the only size that Noto Color Emoji has

Script = tuple[str, ...]
"""Characters of one font: the names of the files that may be that font, best first."""

_CJK = "NotoSansCJK-Regular.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "DroidSansFallback.ttf"
_NOTO = """
Hebrew Arabic Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Thai Lao Myanmar
Georgian Ethiopic Khmer Mongolian Armenian Thaana Syriac Tifinagh Cherokee
"""
"""Scripts whose letters' names begin with them in Unicode, and that Noto has a file for."""

_FILES = {one.upper(): one for one in _NOTO.split()} | {"CANADIAN": "CanadianAboriginal", "MATHEMATICAL": "Math"}


@lru_cache(maxsize=4096)
def script_of(cluster: str) -> Script | None:
    """The script of one cluster of characters; None is the bundled font's."""
    letter, word = cluster[0], name(cluster[0], "").replace("-", " ").partition(" ")[0]
    wide, symbol = east_asian_width(letter) in "WFH", "\u2190" <= letter < "\u2c00"
    if "\ufe0f" in cluster or "\U0001f000" <= letter < "\U0001fb00" or (symbol and wide):
        return ("NotoColorEmoji.ttf",)
    if word == "HANGUL" or (wide and letter >= "\u2e80"):
        return _CJK
    found = ("Math" if letter < "\u2300" else "Symbols2") if symbol else _FILES.get(word)
    return (f"NotoSans{found}-Regular.ttf", "DejaVuSans.ttf") if found else None


@cache
def _installed() -> dict[str, str]:
    """The paths of all font files of this machine, by their names."""
    walks = (walk for folder in _FOLDERS for walk in os.walk(os.path.expanduser(folder)))
    return {file: os.path.join(path, file) for path, _, files in walks for file in files}


@cache
def files_of(script: Script | None) -> tuple[str, ...]:
    """The paths of the fonts that draw a script, best first; none if this machine has none."""
    if script is None:
        return (str(BUNDLED),)
    return tuple(_installed()[file] for file in script if file in _installed())


@cache
def _font_of(script: Script | None) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(files_of(script)[0], _SIZE)
    except (IndexError, OSError):
        return None


def family_of(script: Script | None) -> str:
    """The name of a script's family, as SVG refers to it; the bundled one's if the machine has none."""
    font = _font_of(script) or ImageFont.truetype(BUNDLED, _SIZE)
    return str(font.getname()[0])


@lru_cache(maxsize=4096)
def em_width(text: str, script: Script | None) -> float:
    """How wide a text of one script is, in parts of its size; an estimate where it has no font."""
    if font := _font_of(script):
        return font.getlength(text) / _SIZE
    return sum(
        0.0 if category(letter)[0] == "M" else 1.0 if east_asian_width(letter) in "WF" else 0.6 for letter in text
    )
