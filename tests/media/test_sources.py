"""Pictures to start from: every format in, nothing of the member's out, everything else refused."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image

from bot.errors import SourceAnimated, SourceError, SourceTooLarge, SourceUnreadable
from bot.media.sources import WORKING_PIXELS, prepare
from playground.attachments import Upload
from tests.support import photographs
from tests.support.photographs import NORTH, encoded, scene


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int], by: int = 30) -> bool:
    found = image.convert("RGB").getpixel(at)
    assert isinstance(found, tuple)
    return all(abs(a - b) <= by for a, b in zip(found, colour, strict=True))


@pytest.mark.parametrize("make", photographs.EVERY_KIND)
def test_every_kind_becomes_an_opaque_picture_without_metadata(make: Callable[[], Upload]) -> None:
    prepared = prepare(make().data)
    image = opened(prepared.data)
    assert image.format in {"PNG", "JPEG"}
    assert image.mode == "RGB"
    assert image.size == (prepared.width, prepared.height)
    assert not image.getexif()
    assert "icc_profile" not in image.info
    assert NORTH.encode() not in prepared.data


def test_a_plain_picture_goes_as_it_is() -> None:
    original = photographs.png().data
    prepared = prepare(original)
    assert prepared.untouched
    assert prepared.data == original


@pytest.mark.parametrize("tail", [b"Samsung trailer with a place", b"\x00"])
def test_a_picture_with_something_behind_its_end_is_written_anew(tail: bytes) -> None:
    prepared = prepare(encoded(scene(), "JPEG") + tail)
    assert not prepared.untouched
    assert not prepared.data.endswith(tail)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_way_a_telephone_was_held_is_applied(orientation: int) -> None:
    """Orientation 6, for one, says: turn me a quarter to the right; red then stands top right."""
    held = scene()
    turned = {
        1: held,
        2: held.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: held.transpose(Image.Transpose.ROTATE_180),
        4: held.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: held.transpose(Image.Transpose.TRANSPOSE),
        6: held.transpose(Image.Transpose.ROTATE_270),
        7: held.transpose(Image.Transpose.TRANSVERSE),
        8: held.transpose(Image.Transpose.ROTATE_90),
    }[orientation]
    image = opened(prepare(photographs.jpeg_with_gps(orientation).data).data)
    assert image.size == turned.size
    for at in ((20, 20), (image.width - 20, 20), (20, image.height - 20)):
        wanted = turned.getpixel(at)
        assert isinstance(wanted, tuple)
        assert near(image, at, (wanted[0], wanted[1], wanted[2]))


def test_colours_stay_what_they_were() -> None:
    for make in (photographs.cmyk, photographs.heic, photographs.wide_gamut, photographs.still_gif):
        image = opened(prepare(make().data).data)
        assert near(image, (20, 20), (200, 40, 40), 45), make.__name__


def test_what_was_transparent_is_white() -> None:
    image = opened(prepare(photographs.with_alpha().data).data)
    assert near(image, (20, 0), (255, 255, 255), 10)


def test_sixteen_bits_of_grey_keep_their_range() -> None:
    image = opened(prepare(photographs.sixteen_bits().data).data)
    assert near(image, (5, 0), (0, 0, 0), 6)
    assert near(image, (5, 255), (255, 255, 255), 6)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_large_photograph_is_scaled_down_with_its_ratio(format: str) -> None:
    prepared = prepare(encoded(scene(6000, 4000), format))
    assert prepared.width * prepared.height <= WORKING_PIXELS
    assert prepared.width / prepared.height == pytest.approx(1.5, rel=0.01)
    assert prepared.width * prepared.height > WORKING_PIXELS * 0.9


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_what_moves_is_refused(format: str) -> None:
    with pytest.raises(SourceAnimated):
        prepare(photographs.moving(format).data)


@pytest.mark.parametrize(
    "make", [photographs.truncated, photographs.text, photographs.text_that_claims_to_be_a_picture, photographs.heic]
)
def test_what_is_broken_or_no_picture_is_refused(make: Callable[[], Upload]) -> None:
    data = make().data
    with pytest.raises(SourceUnreadable):
        prepare(data[: len(data) // 2])


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    with pytest.raises(SourceTooLarge):
        prepare(photographs.bomb().data)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", bytes(100)])
def test_fragments_are_refused(data: bytes) -> None:
    with pytest.raises(SourceError):
        prepare(data)
