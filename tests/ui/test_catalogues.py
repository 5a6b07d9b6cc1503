"""Every language's catalogue: complete, nothing left over, the same values and markup, within Discord's limits."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.models import Language
from bot.ui.words import catalogues
from bot.ui.words.command_names import COMMANDS, OPTIONS

TEMPLATE = catalogues.LOCALES / "atelier.pot"
LANGUAGES = [one for one in Language if catalogues.file_of(one).exists()]
each_language = pytest.mark.parametrize("code", LANGUAGES)

VALUES = re.compile(r"\{\w+\}")
MARKUP = re.compile(r"\*\*|`|^-# |^## |\n|~~|\|\||<[@#:t]", re.MULTILINE)
NAME = re.compile(r"[-_'\w]{1,32}")
QUOTED_COMMAND = re.compile(r"`/([\w-]+(?: [\w-]+)?)`")
MESSAGE = 4000


@cache
def catalogue(file: Path, code: str) -> Catalog:
    with file.open("rb") as source:
        return read_po(source, locale=catalogues.cldr(code))


def messages(code: str) -> list[Message]:
    return [one for one in catalogue(catalogues.file_of(code), code) if one.id]


def key(one: Message) -> tuple[str | None, object]:
    return one.context, one.id


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else [*text]


@each_language
def test_every_sentence_is_translated_and_none_is_left_over(code: str) -> None:
    found = catalogue(catalogues.file_of(code), code)
    template = {key(one) for one in catalogue(TEMPLATE, code) if one.id}
    assert {key(one) for one in messages(code)} == template, "run `make words`"
    assert not found.obsolete
    assert [one.id for one in messages(code) if not all(forms(one.string)) or not forms(one.string)] == []
    assert [one.id for one in messages(code) if one.fuzzy] == []


@each_language
def test_plurals_have_as_many_forms_as_the_language(code: str) -> None:
    found = catalogue(catalogues.file_of(code), code)
    expected = Catalog(locale=catalogues.cldr(code))
    assert found.plural_forms == expected.plural_forms
    assert [one.id for one in messages(code) if one.pluralizable and len(one.string) != expected.num_plurals] == []


@each_language
def test_values_and_markup_are_those_of_the_sentence(code: str) -> None:
    """A form of a number may leave the number out, as English does: `a picture`."""
    wrong: list[object] = []
    for one in messages(code):
        allowed = set(VALUES.findall(" ".join(forms(one.id))))
        needed = set.intersection(*(set(VALUES.findall(text)) for text in forms(one.id))) - {"{count}"}
        markup = [sorted(MARKUP.findall(text)) for text in forms(one.id)]
        for text in forms(one.string):
            if not needed <= set(VALUES.findall(text)) <= allowed or sorted(MARKUP.findall(text)) not in markup:
                wrong.append((one.id, text))
            if "{" in VALUES.sub("", text) or text != text.strip():
                wrong.append((one.id, text))
    assert wrong == []


@each_language
def test_values_can_be_filled_into_every_sentence(code: str) -> None:
    for one in messages(code):
        for text in forms(one.string) if VALUES.search(" ".join(forms(one.id))) else ():
            text.format(**{name[1:-1]: "x" for name in VALUES.findall(" ".join(forms(one.id)))})


@each_language
def test_names_of_commands_and_options_are_what_discord_takes(code: str) -> None:
    names = [(one.context, one.string) for one in messages(code) if one.context in {"command", "option"}]
    assert [name for _, name in names if not NAME.fullmatch(name) or name != name.lower()] == []


@each_language
def test_a_command_that_is_quoted_is_called_as_the_reader_sees_it(code: str) -> None:
    called = {one.id: one.string for one in messages(code) if one.context == "command"}
    wrong: list[object] = []
    for one in messages(code):
        for quoted, shown in zip(forms(one.id), forms(one.string), strict=False):
            english = QUOTED_COMMAND.findall(quoted)
            expected = [
                " ".join(called.get(word, word) for word in text.split()) for text in english if text in _known()
            ]
            said = QUOTED_COMMAND.findall(shown)
            if [text for text in expected if text not in said]:
                wrong.append((quoted, shown))
    assert wrong == []


def _known() -> set[str]:
    return {*COMMANDS, *(f"{group} {name}" for group in COMMANDS for name in COMMANDS)}


@each_language
def test_no_sentence_is_longer_than_a_message(code: str) -> None:
    assert [one.id for one in messages(code) if max(map(len, forms(one.string))) > MESSAGE] == []


def test_the_marked_names_are_distinct() -> None:
    assert len(set(COMMANDS)) == len(COMMANDS)
    assert len(set(OPTIONS)) == len(OPTIONS)
