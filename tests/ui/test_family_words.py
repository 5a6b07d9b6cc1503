"""What the card of a family tree says of each member's part."""

from __future__ import annotations

from bot.models.family import Family, Relative, shown
from bot.ui.views.family import family


def test_a_members_words_are_shown_though_the_first_pictures_have_none() -> None:
    words = ["", "", "", "make it night", "a fourth", "a fifth", "a sixth"]
    relatives = tuple(
        Relative(f"aaaa{n}-1", (), 7, "Alice", said, n, removed=not said) for n, said in enumerate(words, 2)
    )
    everybody = Family(relatives, "aaaa2-1")
    text = str(family(everybody, shown(everybody), covered=False).to_components())
    assert "**4** “make it night”" in text
    assert "and 4 more" in text


def test_a_deleted_picture_has_its_number_in_the_words_and_no_hole() -> None:
    words = ["a lighthouse", "", "at dusk"]
    relatives = tuple(Relative(f"aaaa{n}-1", (), 7, "Alice", said, n, removed=not said) for n, said in enumerate(words))
    everybody = Family(relatives, "aaaa0-1")
    text = str(family(everybody, shown(everybody), covered=False).to_components())
    assert "**1** “a lighthouse” · **2** gone · **3** “at dusk”" in text
    assert "Alice: a lighthouse; Alice: gone; Alice: at dusk" in text


def test_the_description_of_a_tree_is_in_the_order_of_its_numbers() -> None:
    relatives = (
        Relative("aaaa2-1", (), 7, "Alice", "a lighthouse", 1),
        Relative("aaaa3-1", ("aaaa2-1",), 7, "Alice", "at dusk", 2),
        Relative("aaaa4-1", ("aaaa2-1",), 8, "Bob", "in snow", 3),
        Relative("aaaa5-1", ("aaaa3-1",), 8, "Bob", "with gulls", 4),
    )
    everybody = Family(relatives, "aaaa5-1")
    text = str(family(everybody, shown(everybody), covered=False).to_components())
    assert "Alice: a lighthouse; Alice: at dusk; Bob: with gulls; Bob: in snow" in text
