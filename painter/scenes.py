"""Which scene a prompt becomes: its subject where the painter knows it, a form of the seed's choice otherwise."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from painter import abstract, land, town, water
from painter.sheet import Sheet
from painter.surface import Picture
from painter.words import mentions

Scene = Callable[[Sheet], Picture]

SUBJECTS: tuple[tuple[Scene, str, str], ...] = (
    (abstract.shapes, "bauhaus", "minimalist minimal geometric geometry poster bauhaus logo pattern cubist suprematist"),
    (town.portrait, "dawn sunset rose space", "portrait face woman man astronaut girl boy queen king person selfie bust"),
    (water.deep, "deep", "underwater reef deep abyss jellyfish whale shark octopus coral fish mermaid"),
    (water.sea, "sea dawn sunset", "lighthouse sea ocean beach wave boat ship sail harbour harbor coast island pirate"),
    (town.city, "neon sunset night", "city neon skyline street tokyo cyberpunk skyscraper downtown building town paris"),
    (land.forest, "forest autumn winter", "forest tree wood birch fox deer jungle owl bear woodland"),
    (land.meadow, "spring rose day", "poppy flower meadow tulip rose garden blossom bouquet daisy sunflower lavender peony"),
    (land.dunes, "desert sunset", "desert dune sahara sand camel canyon mars"),
    (town.firmament, "night", "aurora star starry galaxy space nebula planet night universe cosmos moon sky"),
    (land.mountains, "dawn sunset day winter", "mountain hill valley alp peak lake landscape castle dragon volcano cabin fog mist"),
    (abstract.ribbons, "dawn sunset sea lavender", "paper wave flow ribbon layer origami papercut river"),
    (abstract.silk, "lavender rose sea fire", "silk smoke fluid marble liquid abstract dream music fire flame cloth"),
    (abstract.bloom, "rose lavender sunset", "bloom mandala lotus kaleidoscope magic heart dahlia flowering"),
)  # fmt: skip

FREE: tuple[tuple[Scene, str], ...] = (
    (abstract.ribbons, "dawn sunset sea lavender desert"),
    (land.mountains, "dawn sunset lavender winter autumn"),
    (abstract.silk, "lavender rose sea autumn"),
    (abstract.bloom, "rose lavender sunset spring"),
    (abstract.shapes, "bauhaus"),
    (water.sea, "sea dawn sunset"),
    (land.dunes, "desert dawn"),
)


def scene_for(words: Sequence[str], rng: random.Random) -> tuple[Scene, tuple[str, ...]]:
    """The scene, and the moods it is usually painted in."""
    for scene, moods, cues in SUBJECTS:
        if mentions(words, *cues.split()):
            return scene, tuple(moods.split())
    scene, moods = rng.choice(FREE)
    return scene, tuple(moods.split())
