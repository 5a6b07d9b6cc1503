"""Text of any script: what is kept of it, how it is cut, and in which order its runs stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drawing.fonts import em_width, files_of, script_of
from bot.drawing.text import clean, clusters, fitted, runs, width_of, wrapped
from tests.support.usages import HOSTILE

texts = st.text(max_size=300) | st.sampled_from(HOSTILE) | st.text("aé 小ب(ש)ก🦊👩\u200d\u0301नि.,1", max_size=60)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Jörg  Müller\n🦊", "Jörg Müller 🦊"),
        ("小林 · Кирилл · Ωμέγα · مرحبا", "小林 · Кирилл · Ωμέγα · مرحبا"),
        ("\u202eevil\u2066\x00\x07\x1b name\u202c", "evil name"),
        ("\ud800\ufffe\uffff\U0001fffe\ue000x", "x"),
        ("👩\u200d👩\u200d👧 ❤\ufe0f", "👩\u200d👩\u200d👧 ❤\ufe0f"),
        ("a" + "\u0316" * 40 + "b", "a" + "\u0316" * 4 + "b"),
    ],
)
def test_what_can_be_drawn_is_kept_and_nothing_else(text: str, kept: str):
    assert clean(text) == kept


@given(texts, st.integers(1, 80))
def test_a_cleaned_text_is_one_short_line_and_stays_as_it_is(text: str, most: int):
    line = clean(text, most)
    assert len(line) <= most
    assert not {letter for letter in line if ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000}
    assert clean(line, most) == line


@given(texts)
def test_clusters_are_the_whole_text(text: str):
    assert "".join(clusters(text)) == text


def test_an_emoji_of_several_parts_is_one_cluster():
    assert clusters("👩\u200d👩\u200d👧🇩🇪🇫🇷👍🏽1\ufe0f\u20e3é") == [
        "👩\u200d👩\u200d👧",
        "🇩🇪",
        "🇫🇷",
        "👍🏽",
        "1\ufe0f\u20e3",
        "é",
    ]


@given(texts, st.integers(30, 400), st.integers(1, 3))
def test_wrapped_words_keep_to_their_room_and_their_lines(text: str, room: int, lines: int):
    found = wrapped(clean(text), 20, room, lines)
    assert len(found) <= lines
    assert all(width_of(line, 20) <= room or len(clusters(line)) == 1 for line in found)


@given(texts, st.integers(30, 400))
def test_what_is_cut_ends_in_an_ellipsis_and_begins_as_it_was(text: str, room: int):
    line = clean(text)
    cut = fitted(line, 20, room)
    assert cut == line or (cut.endswith("…") and line.startswith(cut[:-1]))
    assert (cut == line) == (width_of(line, 20) <= room) or cut == line


@given(texts)
def test_runs_have_every_character_once(text: str):
    line = clean(text)
    mirrored = str.maketrans(")]}>»›", "([{<«‹")
    drawn = "".join(run.text for run in runs(line))
    assert sorted(drawn.translate(mirrored)) == sorted(line.translate(mirrored))


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("hello (مرحبا), Anna", ["hello (", "مرحبا", "), Anna"]),
        ("مرحبا Anna!", ["!", "Anna", " ", "مرحبا"]),
        ("שלום, 3 סירות", ["סירות", " ", "3", " ,", "שלום"]),
        ("مرحبا Anna (v2) ok", ["Anna", " (", "v2", ") ", "ok", " ", "مرحبا"]),
        ("(שלום) x", ["x", " (", "שלום", ")"]),
        ("小林さくら Anna", ["小林さくら", " Anna"]),
        ("ok 🦊 ok", ["ok ", "🦊", " ok"]),
    ],
)
def test_runs_stand_as_their_direction_has_it(text: str, order: list[str]):
    assert [run.text for run in runs(text)] == order


def test_latin_greek_and_cyrillic_need_no_font_of_the_machine():
    assert [script_of(letter) for letter in "aéŽßΩжЇ…·–“"] == [None] * 11
    assert [path.rsplit("/", 1)[-1] for path in files_of(None)] == ["NotoSans-Regular.ttf"]


@pytest.mark.parametrize("text", ["小林さくら", "مرحبا", "สวัสดี", "🦊🔥", "\U000e0100\u0301", "aé"])
def test_a_script_without_a_font_has_an_estimated_width(text: str, monkeypatch: pytest.MonkeyPatch):
    measured = em_width.__wrapped__
    monkeypatch.setattr("bot.drawing.fonts._font_of", lambda _: None)
    assert 0 <= measured(text, None) <= len(text)
