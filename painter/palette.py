"""Colours: which ones a prompt calls for, and how they mix; nothing is drawn here."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from painter.words import mentions

RGB = tuple[int, int, int]
Lab = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """The few colours one picture is painted with."""

    sky: tuple[RGB, ...]
    """Four colours of the ground of the picture, from its top to its horizon."""
    near: RGB
    """The darkest, for what stands closest."""
    accent: RGB
    light: RGB

    @property
    def dark(self) -> bool:
        """Whether this is a picture of the night."""
        return lab(self.sky[1])[0] < 0.45

    @property
    def haze(self) -> RGB:
        """What distance fades into."""
        return self.sky[-1]

    @property
    def paper(self) -> RGB:
        """A near-white that belongs to the other colours."""
        return mix((250, 247, 241), self.light, 0.12)


def from_code(code: str) -> RGB:
    """A colour of six hexadecimal digits."""
    return (int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16))


def _palette(sky: str, near: str, accent: str, light: str) -> Palette:
    return Palette(tuple(from_code(code) for code in sky.split()), from_code(near), from_code(accent), from_code(light))


MOODS = {
    "dawn": _palette("3f5b85 8a93b8 e3ab9f f8dcb6", "232c49", "dd6e53", "fff0d2"),
    "sunset": _palette("34305f 8d4470 e0705a f7c46c", "1d1731", "f0876b", "ffe9b4"),
    "day": _palette("5796c2 95c3d9 cfe6e8 f6f0df", "24485a", "e59a3c", "fffaea"),
    "night": _palette("080c20 122148 263f70 57749c", "050713", "e3b964", "f6f0da"),
    "neon": _palette("0c0722 2a1150 6f2384 d9487f", "07040f", "27c7dd", "ffd3ee"),
    "storm": _palette("2f3a45 566571 8b979d c3c6c2", "1c242b", "c98b4a", "f0eee4"),
    "winter": _palette("8fa8bf bccddb e2eaee f8f5ef", "2f4256", "d2693a", "ffffff"),
    "forest": _palette("8fae9a b7cbac d5ddbb eceac9", "16302a", "d59d3e", "fff8dc"),
    "sea": _palette("4b8ea8 86bcc6 bcdcd9 f0eedd", "0c3147", "ee9f62", "fffbe9"),
    "deep": _palette("4fb0b8 1d6f8c 0c3a5e 041528", "020a17", "ff9d76", "d4fff2"),
    "autumn": _palette("a9b7b1 dcc9a0 e9b469 f4dba6", "3a1f18", "c4522b", "fff2d2"),
    "desert": _palette("5d8f9c a8c0b4 ecd0a2 f6dfb8", "4a261d", "c4673f", "fff4d8"),
    "fire": _palette("1c0d12 55161d b4392a f29a45", "12070a", "ffbf52", "fff0c0"),
    "rose": _palette("b57f9b d9a5b0 efcfc8 faebe0", "4b2540", "c9405e", "fff4ec"),
    "lavender": _palette("6a6aa5 9d97c8 cfc3df f3e6e6", "2c2852", "e39a8d", "fff6ea"),
    "spring": _palette("86b8c0 b8d6c3 e0e8c8 f8f1d8", "2a5146", "e07a7c", "fffbe8"),
    "mono": _palette("3a3a3c 77777a b4b4b3 e6e4df", "161618", "8d8b86", "faf8f3"),
    "bauhaus": _palette("e9dfc8 efe6d2 f3ecdb f5efe1", "1f2a38", "cf4a34", "fffaf0"),
    "space": _palette("05060f 0f1230 2c1f57 6a3c78", "04040b", "f0a36b", "fdf1dc"),
}

MOOD_WORDS = (
    ("mono", "monochrome noir black-and-white grayscale greyscale charcoal ink"),
    ("neon", "neon cyberpunk synthwave vaporwave nightclub arcade disco"),
    ("dawn", "dawn sunrise morning daybreak"),
    ("sunset", "sunset dusk evening twilight golden sundown"),
    ("deep", "underwater reef abyss submarine jellyfish coral"),
    ("space", "space galaxy nebula cosmos cosmic planet orbit universe astronaut"),
    ("night", "night midnight moon moonlight moonlit star starry aurora dark nocturne"),
    ("storm", "storm rain rainy thunder grey gray fog foggy gloomy cloudy"),
    ("fire", "fire lava volcano flame ember hell"),
    ("winter", "winter snow snowy ice frozen arctic frost glacier"),
    ("autumn", "autumn fall october harvest maple"),
    ("desert", "desert dune sahara sand canyon savanna"),
    ("lavender", "lavender lilac dream dreamy magic"),
    ("spring", "spring poppy meadow tulip daisy garden"),
    ("rose", "rose cherry blossom sakura valentine love romantic"),
    ("forest", "forest wood jungle moss tree fern leaf"),
    ("sea", "sea ocean beach wave harbour harbor island lake lighthouse"),
    ("day", "day noon summer sunny sky"),
)

COLOUR_WORDS = {
    "red": "c8352f", "crimson": "a91d36", "scarlet": "d1322b", "orange": "e58335", "amber": "e6a23a",
    "gold": "d9a63e", "golden": "e0aa3e", "yellow": "ecc444", "lime": "a5c74a", "green": "4d8f5b",
    "emerald": "1f8a63", "teal": "218a8d", "turquoise": "38b2ac", "cyan": "3bb7cf", "blue": "3f72b8",
    "azure": "4b97d6", "navy": "20345f", "indigo": "44439a", "violet": "7a55b0", "purple": "74469a",
    "magenta": "c23f8e", "pink": "e58aa5", "brown": "7e553a", "black": "1c1c22", "white": "f4f2ec",
    "grey": "8b8d92", "gray": "8b8d92", "silver": "b9bec6", "coral": "ef7a64", "beige": "dbcbb0",
}  # fmt: skip


def colours_in(words: Sequence[str]) -> tuple[RGB, ...]:
    """The colours that the prompt names, in its order, each once."""
    named = [word for word in dict.fromkeys(words) if word in COLOUR_WORDS and mentions(words, word)]
    return tuple(dict.fromkeys(from_code(COLOUR_WORDS[word]) for word in named))


def mood_in(words: Sequence[str]) -> str | None:
    """The time of day, weather or place whose light the prompt asks for; the strongest if there are several."""
    if {"black", "white"} <= frozenset(words) and mentions(words, "black", "white"):
        return "mono"
    if mentions(words, "deep") and mentions(words, "sea", "ocean"):
        return "deep"
    return next((mood for mood, cues in MOOD_WORDS if mentions(words, *cues.split())), None)


def choose(words: Sequence[str], rng: random.Random, usual: Sequence[str] = ()) -> Palette:
    """The palette that follows from the words; without a hint, one of the ``usual`` moods or a harmony of its own."""
    named, mood = colours_in(words), mood_in(words)
    if mood is None and named:
        palette = harmony(rng, towards=named[0])
    elif mood is None and (not usual or rng.random() < 0.3):
        palette = harmony(rng)
    else:
        palette = MOODS[mood or rng.choice(usual)]
    if named and mood != "mono":
        second = named[-1] if len(named) > 1 else None
        palette = replace(palette, accent=next(iter(named)))
        if second:
            palette = replace(palette, sky=tuple(mix(colour, second, 0.25) for colour in palette.sky))
    return _turned(palette, rng.uniform(-0.10, 0.10))


def harmony(rng: random.Random, towards: RGB | None = None) -> Palette:
    """Neighbouring hues from deep to pale with one complement, around a colour or a hue drawn by chance."""
    _, a, b = lab(towards) if towards else (0.0, *_polar(1.0, rng.uniform(0, math.tau)))
    hue, spread = math.atan2(b, a), rng.choice((-1, 1)) * rng.uniform(0.5, 1.1)
    steps = ((0.50, 0.085), (0.66, 0.085), (0.80, 0.065), (0.92, 0.035))
    sky = tuple(from_lab((l, *_polar(c, hue + spread * i / 3))) for i, (l, c) in enumerate(steps))
    near = from_lab((0.27, *_polar(0.06, hue - spread * 0.2)))
    accent = from_lab((0.66, *_polar(0.14, hue + math.pi * rng.uniform(0.8, 1.1))))
    return Palette(sky, near, accent, from_lab((0.97, *_polar(0.025, hue + spread))))


def _polar(chroma: float, hue: float) -> tuple[float, float]:
    return chroma * math.cos(hue), chroma * math.sin(hue)


def _turned(palette: Palette, angle: float) -> Palette:
    """The same palette with its grounds turned a little round the colour wheel, so that no two seeds are alike."""
    return replace(palette, sky=tuple(_turn(colour, angle) for colour in palette.sky), near=_turn(palette.near, angle))


def _turn(colour: RGB, angle: float) -> RGB:
    lightness, a, b = lab(colour)
    cos, sin = math.cos(angle), math.sin(angle)
    return from_lab((lightness, a * cos - b * sin, a * sin + b * cos))


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """A mixture as the eye expects it (in OKLab, so that no mixture turns grey)."""
    one, two = lab(first), lab(second)
    return from_lab(
        (
            one[0] + (two[0] - one[0]) * share,
            one[1] + (two[1] - one[1]) * share,
            one[2] + (two[2] - one[2]) * share,
        )
    )


def shift(colour: RGB, lightness: float) -> RGB:
    """The same hue, lighter or darker by an amount from -1 to 1."""
    l, a, b = lab(colour)
    return from_lab((min(1.0, max(0.0, l + lightness)), a, b))


@lru_cache(maxsize=256)
def ramp(stops: tuple[RGB, ...]) -> bytes:
    """256 colours that run evenly through the stops, as the bytes of a palette image."""
    last = len(stops) - 1
    colours: list[RGB] = []
    for index in range(256):
        place = index / 255 * last
        left = min(int(place), last - 1) if last else 0
        colours.append(mix(stops[left], stops[min(left + 1, last)], place - left))
    return bytes(channel for colour in colours for channel in colour)


@lru_cache(maxsize=4096)
def lab(colour: RGB) -> Lab:
    """OKLab of an sRGB colour (Björn Ottosson's matrices)."""
    r, g, b = (_linear(channel / 255) for channel in colour)
    l = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    m = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    s = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    )


def from_lab(value: Lab) -> RGB:
    """The nearest sRGB colour of an OKLab value."""
    lightness, a, b = value
    l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
        _channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
        _channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s),
    )


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _channel(value: float) -> int:
    if value <= 0.0031308:
        return max(0, round(value * 12.92 * 255))
    return min(255, round((1.055 * value ** (1 / 2.4) - 0.055) * 255))
