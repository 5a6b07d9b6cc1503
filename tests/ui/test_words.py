"""The catalogue: sentences in the reader's language, plurals, and a template that holds every one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.models import Language
from bot.ui import words
from bot.ui.reply import broken
from bot.ui.words import (
    N_,
    _,
    catalogues,
    labelled,
    listed,
    money,
    ngettext,
    number,
    percentage,
    pgettext,
    prepare,
    use_language,
)
from bot.ui.words.catalogues import cldr
from tests.support.languages import speaking

ROOT = Path(__file__).parents[2]


@pytest.fixture
def polish(tmp_path: Path) -> Iterator[None]:
    """A language with three forms of a number."""
    catalogue = Catalog(locale="pl")
    catalogue.add("{member} can make pictures again.", "{member} znowu może tworzyć obrazy.")
    catalogue.add("Channels", "Kanały")
    catalogue.add(("{count} picture", "{count} pictures"), ("{count} obraz", "{count} obrazy", "{count} obrazów"))
    catalogue.add("remove", "usuń", context="command")
    with speaking(tmp_path, catalogue):
        yield


def test_without_a_language_a_sentence_is_english() -> None:
    assert _("{member} can make pictures again.", member="<@1>") == "<@1> can make pictures again."
    assert _("a sentence with {braces}") == "a sentence with {braces}"


@pytest.mark.parametrize(("count", "said"), [(0, "0 pictures"), (1, "1 picture"), (1200, "1,200 pictures")])
def test_a_number_takes_its_form(count: int, said: str) -> None:
    assert ngettext("{count} picture", "{count} pictures", count) == said
    assert number(count) in said


@pytest.mark.usefixtures("polish")
def test_a_language_that_is_chosen_is_used_until_it_is_left() -> None:
    title = N_("Channels")
    with use_language("pl"):
        assert _("{member} can make pictures again.", member="<@1>") == "<@1> znowu może tworzyć obrazy."
        assert [ngettext("{count} picture", "{count} pictures", n) for n in (1, 3, 5)] == [
            "1 obraz",
            "3 obrazy",
            "5 obrazów",
        ]
        assert _(title) == "Kanały"
        assert _("Nobody has translated this.") == "Nobody has translated this."
    assert _(title) == "Channels"


@pytest.mark.usefixtures("polish")
def test_a_context_tells_apart_what_is_one_word_in_english() -> None:
    with use_language("pl"):
        assert (pgettext("command", "remove"), pgettext("option", "remove")) == ("usuń", "remove")


def test_numbers_money_and_lists_are_written_as_the_language_does() -> None:
    def written() -> list[str]:
        return [number(12_345), percentage(0.5), money(1.5), listed(["a", "b", "c"])]

    assert written() == ["12,345", "50%", "$1.50", "a, b, and c"]
    with use_language("de"):
        assert written() == ["12.345", "50\xa0%", "1,50\xa0$", "a, b und c"]
    with use_language("zh-CN"):
        assert written() == ["12,345", "50%", "US$1.50", "a、b和c"]


@pytest.mark.parametrize("code", [one for one in Language if one is not Language.AUTOMATIC])
def test_small_numbers_are_written_as_cldr_does(code: str) -> None:
    with use_language(code):
        for one in (*range(1100), -1, 0.5):
            assert number(one) == format_decimal(one, locale=cldr(code))


def test_what_numbers_are_written_with_is_loaded_before_anybody_waits_for_it() -> None:
    cldr.cache_clear()
    words._decimal.cache_clear()
    prepare()
    assert cldr.cache_info().currsize == 1


@pytest.mark.usefixtures("polish")
async def test_people_who_are_answered_at_the_same_time_each_read_their_own_language() -> None:
    both = asyncio.Barrier(2)

    async def answer(code: str) -> str:
        with use_language(code):
            await both.wait()
            return _("Channels")

    assert await asyncio.gather(answer("pl"), answer("en")) == ["Kanały", "Channels"]


def test_a_language_without_a_catalogue_is_english() -> None:
    with use_language("tlh"):
        assert _("Channels") == "Channels"


def test_the_template_holds_every_sentence_and_no_other() -> None:
    with (catalogues.LOCALES / "atelier.pot").open("rb") as file:
        template = {(one.context, one.id) for one in read_po(file) if one.id}
    found = {
        (context, text)
        for folder in ("bot/ui", "cogs")
        for *_file, text, _comments, context in extract_from_dir(str(ROOT / folder), [("**.py", "python")])
    }
    assert template == found, "run `make words`"


@pytest.mark.parametrize(
    ("code", "said"), [("en-US", "a: b"), ("de", "a: b"), ("fr", "a\u00a0: b"), ("ja", "a：b")], ids=str
)
def test_a_label_stands_before_its_text_as_the_language_writes_it(code: str, said: str) -> None:
    with use_language(code):
        assert labelled("a", "b") == said


def test_the_note_for_the_operator_is_the_number_that_the_log_has() -> None:
    assert "`1577037564756361216`" in broken(1577037564756361216)
