"""The sandbox's painter keeps what a prompt asks for, as far as it can, and says so in its mark."""

from __future__ import annotations

import io
import statistics

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.generation.steps import instruction
from bot.models import ImageRequest, Variation
from painter import paint
from painter.caption import caption, strip_height, without_strip
from painter.edits import applied
from painter.figures import FIGURES, Figure, wanted
from painter.palette import MOODS
from painter.scenes import painted
from painter.words import chance, words_of

CAT = paint("a cat in a hat", 3)
SHORE = paint("a lighthouse at dusk", 7)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def picture(data: bytes) -> Image.Image:
    """A painted picture without its strip."""
    return without_strip(opened(data))


def brightness(data: bytes) -> float:
    return ImageStat.Stat(picture(data).convert("L")).mean[0]


def hue(data: bytes, channel: int) -> float:
    """How much of red (0), green (1) or blue (2) there is in a picture."""
    means = ImageStat.Stat(picture(data)).mean
    return means[channel] / sum(means)


def difference(one: bytes, other: bytes) -> float:
    """The mean difference of two pictures' pixels, of 255."""
    return statistics.mean(ImageStat.Stat(ImageChops.difference(picture(one), picture(other))).mean)


def likeness(one: bytes, other: bytes) -> float:
    """The correlation of two pictures' light and dark, from far away: 1 is the same composition."""
    light = [list(picture(data).convert("L").resize((24, 24), Image.Resampling.BOX).tobytes()) for data in (one, other)]
    return statistics.correlation(*light)


def test_an_edit_of_a_painted_picture_starts_from_it_without_its_caption() -> None:
    for format in ("jpeg", "png"):
        first = opened(paint("a lighthouse at dusk", 7, format=format))
        cut = without_strip(first)
        assert cut.height == first.height - strip_height(first.size)
        assert without_strip(cut).size == cut.size


def test_another_picture_is_left_whole() -> None:
    photograph = Image.radial_gradient("L").resize((1024, 1024)).convert("RGB")
    assert without_strip(photograph) is photograph


def test_an_edit_is_the_same_whenever_it_is_asked_for() -> None:
    assert paint("make it snow", 8, references=[SHORE]) == paint("make it snow", 8, references=[SHORE])


@pytest.mark.parametrize("words", ["a cat in a hat", "a lighthouse at night, turn it into a watercolour"])
def test_a_subtle_variation_changes_little_whatever_the_picture_shows(words: str) -> None:
    source = paint(words, 3)
    varied = [
        paint(instruction(ImageRequest(prompt=words, vary=Variation.SUBTLE)), seed, references=[source])
        for seed in (1, 2)
    ]
    for one in varied:
        assert 0 < difference(source, one) < 8
        assert likeness(source, one) > 0.98
    assert varied[0] != varied[1]


def test_a_bold_variation_changes_the_composition() -> None:
    words = "a lighthouse at dusk"
    bold = paint(instruction(ImageRequest(prompt=words, vary=Variation.STRONG)), 5, references=[SHORE])
    assert difference(SHORE, bold) > 15
    assert likeness(SHORE, bold) < 0.97


@pytest.mark.parametrize(
    "words", ["turn it into a watercolour", "as an oil painting", "make it a pencil sketch", "turn it into pixel art"]
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_another_medium_keeps_the_composition(words: str, seed: int) -> None:
    assert likeness(SHORE, paint(words, seed, references=[SHORE])) > 0.9


def test_a_photograph_is_neither_turned_nor_cut_by_an_edit() -> None:
    photograph = Image.new("RGB", (900, 600), (90, 120, 150))
    for x, colour in ((0, (220, 30, 30)), (880, (30, 30, 220))):
        photograph.paste(colour, (x, 0, x + 20, 600))
    for y in (0, 580):
        photograph.paste((30, 160, 30), (20, y, 880, y + 20))
    file = io.BytesIO()
    photograph.save(file, "PNG")
    edited = picture(paint("slightly warmer", 1, ratio="3:2", references=[file.getvalue()]))
    side = range(edited.width // 10)
    reds = [edited.getpixel((x, edited.height // 2)) for x in side]
    assert any(red > 150 > blue for red, _, blue in reds)  # pyright: ignore
    greens = [edited.getpixel((edited.width // 2, y)) for y in (8, edited.height - 9)]
    assert all(green > max(red, blue) for red, green, blue in greens)  # pyright: ignore


def test_night_is_darker_and_daylight_brighter() -> None:
    assert brightness(paint("make it night", 5, references=[CAT])) < 0.6 * brightness(CAT)
    assert brightness(paint("make it brighter", 5, references=[SHORE])) > 1.1 * brightness(SHORE)


def test_snow_is_white() -> None:
    assert brightness(paint("add snow", 5, references=[SHORE])) > 1.1 * brightness(SHORE)


@pytest.mark.parametrize(("colour", "channel"), [("red", 0), ("green", 1), ("blue", 2)])
def test_a_named_colour_is_followed(colour: str, channel: int) -> None:
    assert hue(paint(f"make it {colour}", 5, references=[SHORE]), channel) > hue(SHORE, channel)


def test_what_is_added_stands_in_the_picture_and_the_rest_stays() -> None:
    added = paint("add a black dog", 5, references=[SHORE])
    assert likeness(SHORE, added) > 0.6
    assert difference(SHORE, added) > 2 * difference(SHORE, paint("make the keeper smile", 5, references=[SHORE]))


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: min(figure.cues))
def test_each_figure_is_drawn_where_it_is_named(figure: Figure) -> None:
    name = min(figure.cues)
    if figure.home == "head":
        assert difference(paint(f"a cat with a {name}", 2), paint("a cat with a mat", 2)) > 0.1
        return
    [found] = wanted(words_of(f"two red {name} in the fog"))
    assert (found.figure, found.count, found.colour) == (figure, 2, (200, 53, 47))
    assert difference(paint(f"a {name}, sitting", 2), paint(f"two {name}, sitting", 2)) > 0.5


@pytest.mark.parametrize(
    ("prompt", "heard"),
    [
        ("A cat in a hat, dancing", {"cat", "hat"}),
        ("three foxes by a lake in winter, as a watercolour", {"lake", "winter"}),
        ("red fox at night", {"red", "fox", "night"}),
        ("a gryphon", set[str]()),
        ("猫", set[str]()),
    ],
)
def test_the_mark_lists_the_words_that_something_was_made_of(prompt: str, heard: set[str]) -> None:
    words = words_of(prompt)
    painted(words, prompt, 3, (256, 256), fine=False)
    assert words.heard == heard


def test_the_mark_of_an_edit_lists_what_was_done() -> None:
    words = words_of("Make the cat smile, add snow, in black and white")
    applied(picture(CAT), MOODS["day"], chance("edit"), words, fine=False)
    assert words.heard == {"snow", "black", "white"}


@pytest.mark.parametrize("size", [(1024, 76), (1536, 76), (640, 92)])
@pytest.mark.parametrize("words", [(), ("cat",), tuple(f"wonderful{index}" for index in range(40))])
def test_the_mark_can_be_read_and_never_runs_out_of_its_strip(size: tuple[int, int], words: tuple[str, ...]) -> None:
    strip = caption(words, size, (255, 255, 255), (20, 20, 20)).convert("L")
    ink = strip.point([255 if value < 128 else 0 for value in range(256)])
    left, top, right, bottom = ink.getbbox() or (0, 0, 0, 0)
    assert left >= 20
    assert top >= 8
    assert right <= size[0] - 20
    assert bottom <= size[1] - 8
    assert bottom - top >= 18  # letters that can still be read where a picture is shown at 400 pixels
