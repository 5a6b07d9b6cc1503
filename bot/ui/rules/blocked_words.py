"""Words that a prompt may not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from discord import app_commands, ui

from bot.admission.policy import Offers
from bot.blocklist import parse, parse_many, sameness
from bot.guild_settings.rules import Rule, Rules
from bot.guild_settings.store import Edit
from bot.ui.forms import Filled, paragraph
from bot.ui.markup import in_code
from bot.ui.rules.declaration import Context, DeclaredRule, Field, Given, Marks, Option, setting, several
from bot.ui.words import N_, _, ngettext
from bot.ui.words.refusals import Declined

_LONGEST = 4000
_Entries = app_commands.Range[str, 1, _LONGEST]


class _Words(Field):
    """A list of words, of which the audit keeps how many there are and which came or went."""

    def shown(self, value: Mapping[str, Any]) -> str:
        came = [f"+`{in_code(one)}`" for one in value.get("new", ())]
        came += [f"−`{in_code(one)}`" for one in value.get("gone", ())]
        return entries(value["entries"]) + (f" ({several(came)})" if came else "")


class BlockedWords(DeclaredRule):
    rule = Rule.WORDS
    title = N_("Blocked words")
    description = N_("Words that a prompt may not contain; without options: see the list")
    fields = (_Words("words", title=N_("blocked words")),)

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        if not rules.words:
            return _("No words are blocked.")
        return _("{entries}. Whoever uses one is refused, without being told which.", entries=entries(len(rules.words)))

    def summary(self, rules: Rules) -> str:
        return entries(len(rules.words))

    def labels(self, rules: Rules, offers: Offers) -> Sequence[ui.Label[Any]]:
        hint = _("One a line. word* matches beginnings, /…/ is a regular expression.")
        whole = "\n".join(rules.words)
        if len(whole) <= _LONGEST:
            return [
                ui.Label(
                    text=_("Blocked words"),
                    description=hint,
                    component=paragraph("words", whole, _LONGEST, required=False),
                )
            ]
        return [
            ui.Label(text=_("Add"), description=hint, component=paragraph("add", "", _LONGEST, required=False)),
            ui.Label(text=_("Take away"), component=paragraph("remove", "", _LONGEST, required=False)),
        ]

    def filled(self, form: Filled, context: Context) -> Edit:
        if self.merges(form):
            return _words_edit(form.text("add"), form.text("remove"))
        return setting({"words": words_of(form.text("words"))})

    def merges(self, form: Filled) -> bool:
        return "words" not in form.values

    def options(self) -> Sequence[Option]:
        about = N_("Words or phrases, separated by commas; word* is a beginning, /…/ a regular expression")
        return (
            Option("add", _Entries, about),
            Option("remove", _Entries, N_("Entries to take off the list, separated by commas")),
        )

    def typed(self, given: Given, context: Context) -> Edit | None:
        return _words_edit(given.get("add", ""), given.get("remove", "")) if given else None


def entries(count: int) -> str:
    """How many entries."""
    return ngettext("{count} entry", "{count} entries", count)


def words_of(text: str) -> tuple[str, ...]:
    """Entries, separated by commas or new lines. Raises ``BadEntry``."""
    return tuple(entry.text for entry in parse_many(text))


def _words_edit(add: str, remove: str) -> Edit:
    """Add and take away entries; those to be taken away must be there."""
    more, less = ({sameness(parse(one)): one for one in words_of(text)} for text in (add, remove))

    def edit(rules: Rules) -> Mapping[str, Any]:
        known = {sameness(parse(one)): one for one in rules.words}
        if missing := [one for same, one in less.items() if same not in known]:
            raise Declined(N_("`{entry}` is not on the list."), entry=in_code(missing[0]))
        kept = {same: one for same, one in known.items() if same not in less}
        return {"words": (*kept.values(), *(one for same, one in more.items() if same not in kept))}

    return edit
