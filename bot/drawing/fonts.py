"""Which font draws which script: the bundled one for Latin, Greek and Cyrillic, the system's for all others.

Each run of text is given its font beforehand, because resvg's own choice among several fonts in one text is unreliable:
it takes the first face that has a missing glyph, and panics where two fonts cluster an emoji differently.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from unicodedata import category, east_asian_width

from PIL import ImageFont

BUNDLED = Path(__file__).parent / "typeface" / "NotoSans-Regular.ttf"

_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")

_SIZE = 109  # pixels at which text is measured: the only size that Noto Color Emoji has

_EMOJI = (
    "231A-231B 23E9-23F3 25FD-25FE 2614-2615 2648-2653 267F 2693 26A1 26AA-26AB 26BD-26BE 26C4-26C5 26CE 26D4 26EA \
26F2-26F5 26FA 26FD 2705 270A-270B 2728 274C 274E 2753-2757 2795-2797 27B0 27BF 2B1B-2B1C 2B50 2B55 1F000-1FAFF"
)

_CJK = "1100-11FF 2E80-A4CF A960-A97F AC00-D7FF F900-FAFF FE30-FE4F FF00-FFEF 20000-3FFFF"
_CJK_FILES = "NotoSansCJK-Regular.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "DroidSansFallback.ttf"

_NOTO = """
Hebrew 0590-05FF FB1D-FB4F; Arabic 0600-06FF 0750-077F 08A0-08FF FB50-FDFF FE70-FEFE; Devanagari 0900-097F A8E0-A8FF
Bengali 0980-09FF; Gurmukhi 0A00-0A7F; Gujarati 0A80-0AFF; Oriya 0B00-0B7F; Tamil 0B80-0BFF; Telugu 0C00-0C7F
Kannada 0C80-0CFF; Malayalam 0D00-0D7F; Sinhala 0D80-0DFF; Thai 0E00-0E7F; Lao 0E80-0EFF; Myanmar 1000-109F
Georgian 10A0-10FF; Ethiopic 1200-139F; Khmer 1780-17FF; Mongolian 1800-18AF; Armenian 0530-058F
Thaana 0780-07BF; Syriac 0700-074F; CanadianAboriginal 1400-167F; Tifinagh 2D30-2D7F
Cherokee 13A0-13FF AB70-ABBF; Math 1D400-1D7FF 2190-22FF; Symbols2 2300-2BFF
"""
"""Scripts that Noto has a file for each, with their blocks of code points."""


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """Characters of one font, and the names of the files that may be that font, best first."""

    letters: re.Pattern[str]
    files: tuple[str, ...]


def _script(blocks: str, *files: str) -> Script:
    ends = (block.partition("-") for block in blocks.split())
    letters = "".join(f"{chr(int(low, 16))}-{chr(int(high or low, 16))}" for low, _, high in ends)
    return Script(re.compile(f"[{letters}]"), files)


_SCRIPTS = (
    _script(_EMOJI, "NotoColorEmoji.ttf"),
    _script(_CJK, *_CJK_FILES),
    *(
        _script(blocks, f"NotoSans{name}-Regular.ttf", "DejaVuSans.ttf")
        for name, _, blocks in (entry.strip().partition(" ") for entry in re.split(r"[;\n]", _NOTO.strip()))
    ),
)


@lru_cache(maxsize=4096)
def script_of(cluster: str) -> Script | None:
    """The script of one cluster of characters; None is the bundled font's."""
    if "\ufe0f" in cluster:
        return _SCRIPTS[0]
    return None if cluster < "\u0530" else next((one for one in _SCRIPTS if one.letters.match(cluster)), None)


@cache
def _installed() -> dict[str, str]:
    """The paths of all font files of this machine, by their names."""
    walks = (walk for folder in _FOLDERS for walk in os.walk(os.path.expanduser(folder)))
    return {name: os.path.join(path, name) for path, _, names in walks for name in names}


@cache
def files_of(script: Script | None) -> tuple[str, ...]:
    """The paths of the fonts that draw a script, best first; none if this machine has none."""
    if script is None:
        return (str(BUNDLED),)
    return tuple(_installed()[name] for name in script.files if name in _installed())


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
