"""Drawing with resvg: that every script is drawn, that nobody's words are more than words, with and without fonts."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.drawing import fonts
from bot.drawing.svg import Canvas, rounded
from bot.drawing.text import clean
from tests.support.drawings import opened, shapes
from tests.support.usages import HOSTILE

SCRIPTS = {
    "Latin": "Jörg Žižka",
    "Greek": "Ωμέγα",
    "Cyrillic": "Кирилл",
    "Japanese": "小林さくら",
    "Chinese": "中文简体",
    "Korean": "한국어",
    "Arabic": "مرحبا بالعالم",
    "Hebrew": "שלום עולם",
    "Thai": "สวัสดี",
    "Devanagari": "नमस्ते",
    "emoji": "🦊🔥",
    "symbols": "☃→𝓐",
    "Georgian": "საქართველო",
}


def drawn(text: str, size: float = 40) -> bytes:
    """The pixels of a text."""
    canvas = Canvas(500, 60, "#000000")
    canvas.text((10, 30), text, size, "#FFFFFF")
    return opened(canvas.png()).tobytes()


def colours(pixels: bytes) -> int:
    """How many pixels are not grey."""
    return sum(len(set(pixels[at : at + 3])) > 1 for at in range(0, len(pixels), 3))


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_letter_of_every_script_is_drawn(name: str):
    text = SCRIPTS[name]
    missing = {letter for letter in text if not letter.isspace() and not fonts.files_of(fonts.script_of(letter))}
    if missing:
        pytest.skip(f"this machine has no font for {name}")
    tofu = drawn("\u0378")  # a code point without a character: what a missing glyph looks like
    assert len(set(tofu)) > 1
    pictures = [
        drawn(letter) for letter in dict.fromkeys(text.replace(" ", "")) if letter.isalnum() or ord(letter) > 9000
    ]
    assert tofu not in pictures
    assert len(set(pictures)) == len(pictures)


def test_emoji_have_their_colours():
    if not fonts.files_of(fonts.script_of("🦊")):
        pytest.skip("this machine has no font for emoji")
    assert colours(drawn("🦊")) > 200
    assert colours(drawn("a")) == 0


def test_arabic_letters_are_joined_and_stand_from_right_to_left():
    if not fonts.files_of(fonts.script_of("م")):
        pytest.skip("this machine has no font for Arabic")
    assert fonts.em_width("مرحبا", fonts.script_of("م")) < sum(
        fonts.em_width(one, fonts.script_of(one)) for one in "مرحبا"
    )
    canvas = Canvas(500, 60, "#000000")
    canvas.text((10, 30), "مرحبا Anna", 30)
    latin, arabic = (next(s for s in shapes(canvas, "text") if word in s.text) for word in ("Anna", "مرحبا"))
    assert latin.box[2] <= arabic.box[0]


@pytest.mark.parametrize(
    "text", ["ab👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧 ab", "مرحبا👨🏽\u200d💻小林", "1\ufe0f\u20e3❤\ufe0f"]
)
def test_emoji_of_several_parts_beside_other_letters_are_drawn(text: str):
    assert len(set(drawn(text))) > 1


def test_latin_is_drawn_without_any_font_of_the_machine(monkeypatch: pytest.MonkeyPatch):
    expected = drawn("Anna Žižka 12")
    for cached in (fonts._installed, fonts.files_of, fonts._font_of, fonts.em_width):
        cached.cache_clear()
    monkeypatch.setattr(fonts, "_FOLDERS", ())
    try:
        assert drawn("Anna Žižka 12") == expected
        assert len(set(drawn("小林 مرحبا 🦊"))) > 1
    finally:
        for cached in (fonts._installed, fonts.files_of, fonts._font_of, fonts.em_width):
            cached.cache_clear()


@settings(deadline=None)
@given(st.sampled_from(HOSTILE) | st.text(max_size=200))
def test_whatever_is_written_stays_text(text: str):
    canvas = Canvas(300, 60, "#000000")
    canvas.text((10, 30), text, 20, room=280)
    root = ElementTree.fromstring(canvas.svg())
    assert {element.tag.rsplit("}", 1)[-1] for element in root.iter()} <= {"svg", "rect", "text"}
    assert not [key for element in root.iter() for key in element.attrib if "href" in key or key.startswith("on")]
    assert all(float(element.attrib["x"]) >= 10 for element in root.iter() if "textLength" in element.attrib)
    opened(canvas.png())


def test_a_dangerous_name_is_shown_as_it_is_written():
    canvas = Canvas(900, 60, "#000000")
    text = """</text><image href="file:///etc/passwd"/>&lt;"""
    canvas.text((10, 30), text, 20)
    assert "".join(shape.text for shape in shapes(canvas, "text")) == clean(text)
    assert shapes(canvas, "image") == []


def test_a_line_never_becomes_wider_than_its_room():
    canvas = Canvas(900, 60, "#000000")
    for text in ("W" * 300, "小" * 300, "مرحبا " * 50, "🦊" * 90):
        assert 190 < canvas.text((10, 30), text, 20, room=280) <= 280


def test_anchors_place_a_line_by_its_width():
    canvas = Canvas(900, 60, "#000000")
    for anchor in ("start", "middle", "end"):
        canvas.text((400, 30), "Anna", 20, anchor=anchor)
    start, middle, end = (shape.box for shape in shapes(canvas, "text"))
    assert (start[0], (middle[0] + middle[2]) / 2, end[2]) == pytest.approx((400, 400, 400), abs=0.02)


def test_corners_are_rounded_by_no_more_than_there_is_room_for():
    assert rounded([(0, 0), (10, 0), (10, 40)], 8) == "M0.0 0.0L5.0 0.0Q10.0 0.0 10.0 5.0L10.0 40.0"
