"""What the card of a family tree says of each member's part."""

from __future__ import annotations

from bot.models.family import Family, Relative, shown
from bot.ui.views.family import family


def test_a_members_words_are_shown_though_the_first_pictures_have_none() -> None:
    words = ["", "", "", "make it night", "a fourth", "a fifth", "a sixth"]
    relatives = tuple(Relative(f"aaaa{n}-1", (), 7, "Alice", said, n) for n, said in enumerate(words, 2))
    everybody = Family(relatives, "aaaa2-1")
    text = str(family(everybody, shown(everybody), covered=False).to_components())
    assert "**4** “make it night”" in text
    assert "and 1 more" in text
