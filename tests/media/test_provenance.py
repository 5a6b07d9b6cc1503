"""Pictures that we encode anew say, in a mark that programs read, that a machine made them."""

from __future__ import annotations

import io
import random
from xml.etree import ElementTree

import pytest
from PIL import Image

import painter
from bot.media import pixels
from bot.models.family import Family, Relative, Shown
from bot.models.provenance import DigitalSourceType, xmp
from tests.support.drawings import draw_family

IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
MADE, COMPOSED = DigitalSourceType.MADE, DigitalSourceType.COMPOSED


def jpeg(**options: object) -> bytes:
    out = io.BytesIO()
    noise = Image.frombytes("RGB", (320, 200), random.Random(1).randbytes(320 * 200 * 3))
    noise.save(out, "JPEG", **options)
    return out.getvalue()


def said(data: bytes) -> str:
    """The digital source type in a file's XMP, read by an XML parser."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        packet = image.info["xmp"]
    return str(ElementTree.fromstring(packet).findtext(f".//{{{IPTC}}}DigitalSourceType"))


def test_a_picture_that_was_too_large_is_still_marked() -> None:
    assert said(pixels.fit(jpeg(), 20_000)) == MADE


def test_a_vendors_own_xmp_is_kept_where_it_names_the_source() -> None:
    theirs = xmp(COMPOSED).replace(b"<?xpacket end", b"<!-- by the vendor --><?xpacket end")
    fitted = pixels.fit(jpeg(xmp=theirs), 20_000)
    assert said(fitted) == COMPOSED
    assert b"by the vendor" in fitted


def test_a_vendors_xmp_that_says_nothing_of_the_source_gives_way() -> None:
    other = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><title>a kite</title></x:xmpmeta>'
    assert said(pixels.fit(jpeg(xmp=other), 20_000)) == MADE


def test_a_comparison_is_marked_as_a_composite() -> None:
    assert said(pixels.side_by_side((jpeg(), jpeg()))) == COMPOSED


def test_a_time_lapse_is_marked_as_a_composite() -> None:
    assert said(pixels.time_lapse((jpeg(), jpeg(quality=20)))) == COMPOSED


def test_a_family_tree_is_marked_as_a_composite() -> None:
    family = Family((Relative("k7m2q-1", (), 1, "Alice", "a red kite", 1),), "k7m2q-1")
    assert said(draw_family(Shown(family, {}), {"k7m2q-1": jpeg()})) == COMPOSED


@pytest.mark.parametrize("format", ["jpeg", "png"])
def test_the_sandboxes_pictures_are_marked(format: str) -> None:
    assert said(painter.paint("a red kite", 7, "1:1", format)) == MADE
