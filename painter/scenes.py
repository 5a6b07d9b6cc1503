"""Which scene a prompt becomes: its subject where the painter knows it, a form of the seed's choice otherwise."""

from __future__ import annotations

from collections.abc import Callable

from painter import abstract, heaven, land, town, water
from painter.figures import FLOORS, place, wanted
from painter.palette import COLOUR_WORDS, Palette, choose, mix
from painter.sheet import Sheet
from painter.surface import Picture, Size, Stencil, curve, disc, glow, gradient
from painter.words import Words, chance, mentions

Scene = Callable[[Sheet], Picture]


def plain(sheet: Sheet) -> Picture:
    """Open ground under a wide sky with one pale disc: room for a figure."""
    image = gradient(sheet.size, (sheet.palette.sky[0], *sheet.palette.sky[1:], sheet.palette.haze))
    if sheet.palette.dark:
        heaven.stars(image, sheet.rng, 240, sheet.height * 0.7)
    at = (sheet.width * sheet.rng.uniform(0.4, 0.6), sheet.height * 0.52)
    glow(image, at, sheet.unit * 60, sheet.palette.light, 0.4, 2)
    disc(image, at, sheet.unit * 31, (mix(sheet.palette.light, sheet.palette.haze, 0.2), sheet.palette.haze))
    bank(sheet, image, 0.74)
    bank(sheet, image)
    return image


def bank(sheet: Sheet, image: Picture, level: float = 0.86) -> None:
    """A rise of ground across the foot of the picture."""
    rng, palette, stencil = sheet.rng, sheet.palette, Stencil(sheet.size)
    line = [(x / 60 * sheet.width, (level - 0.02 * y) * sheet.height) for x, y in enumerate(curve(61, rng, 0.3, 3))]
    stencil.polygon([*line, (sheet.width, sheet.height), (0, sheet.height)])
    white = sheet.says("snow", "snowy", "winter", "ice", "frost")
    green = mix(palette.sky[1], (92, 128, 84), 0.55)
    top = mix(palette.haze, (250, 251, 255), 0.7) if white else mix(green, palette.near, 0.15 + (level - 0.7) * 2)
    ground = gradient(sheet.size, (top, top, top, top, top, top, mix(top, palette.near, 0.3)))
    image.paste(ground, (0, 0), stencil.mask())
    if white:
        heaven.snow(image, rng, 160)


PLACES: tuple[tuple[Scene, str, str], ...] = (
    (abstract.shapes, "bauhaus", "minimalist minimal geometric geometry poster bauhaus logo pattern cubist suprematist"),
    (town.portrait, "dawn sunset rose space", "portrait face woman man astronaut girl boy queen king person selfie bust"),
    (water.deep, "deep", "underwater reef deep abyss jellyfish octopus coral mermaid aquarium"),
    (water.sea, "sea dawn sunset", "lighthouse sea ocean beach wave harbour harbor coast island"),
    (town.city, "neon sunset night", "city neon skyline street tokyo cyberpunk skyscraper downtown building town paris"),
    (land.forest, "forest autumn winter", "forest wood birch jungle woodland"),
    (land.meadow, "spring rose day", "poppy flower meadow tulip rose garden blossom bouquet daisy sunflower lavender peony"),
    (land.dunes, "desert sunset", "desert dune sahara sand camel canyon mars"),
    (town.firmament, "night", "aurora star starry galaxy space nebula planet universe cosmos"),
    (land.mountains, "dawn sunset day winter", "mountain hill valley alp peak lake landscape volcano fog mist moon sky river"),
    (abstract.ribbons, "dawn sunset sea lavender", "paper ribbon layer origami papercut flow"),
    (abstract.silk, "lavender rose sea fire", "silk smoke fluid marble liquid abstract dream music fire flame cloth"),
    (abstract.bloom, "rose lavender sunset", "bloom mandala lotus kaleidoscope magic heart dahlia flowering"),
)  # fmt: skip
HOMES: dict[str, tuple[Scene, str]] = {
    "plain": (plain, "dawn day rose spring lavender autumn"),
    "forest": (land.forest, "forest autumn"),
    "sea": (water.sea, "sea dawn sunset"),
    "deep": (water.deep, "deep"),
    "mountains": (land.mountains, "dawn sunset day"),
    "space": (town.firmament, "space"),
    "city": (town.city, "sunset neon"),
    "air": (land.mountains, "dawn sunset day"),
}
OPEN = (land.forest, land.dunes, land.meadow, plain)
"""Scenes with ground in front to stand on."""

FREE: tuple[tuple[Scene, str], ...] = (
    (abstract.ribbons, "dawn sunset sea lavender desert"),
    (land.mountains, "dawn sunset lavender winter autumn"),
    (abstract.silk, "lavender rose sea autumn"),
    (abstract.bloom, "rose lavender sunset spring"),
    (abstract.shapes, "bauhaus"),
    (water.sea, "sea dawn sunset"),
    (land.dunes, "desert dawn"),
)


def painted(words: Words, prompt: str, seed: int, size: Size, fine: bool) -> tuple[Picture, Palette]:
    """The place that the prompt names, or where its figures are at home, and the figures in it; else free form."""
    figures, rng = wanted(words), chance("scene", prompt, seed)
    entry = next(((scene, moods) for scene, moods, cues in PLACES if mentions(words, *cues.split())), None)
    scene, moods = entry or (HOMES[figures[-1].figure.home] if figures else rng.choice(FREE))
    free = Words(word for word in words if not figures or word not in COLOUR_WORDS)
    free.heard = words.heard
    palette = choose(free, chance("palette", prompt, seed), moods.split())
    sheet = Sheet(size, palette, words, chance("composition", prompt, seed), fine)
    image = scene(sheet)
    if not figures:
        return image, palette
    if scene not in OPEN and any(one.figure.home not in FLOORS for one in figures):
        bank(sheet, image)
    place(image, words, palette, rng.uniform(0.36, 0.64))
    return image, palette
