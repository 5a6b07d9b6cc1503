"""Words that a prompt may not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from discord import app_commands, ui

from bot.admission.policy import Offers
from bot.blocklist import BadEntry, parse, parse_many, sameness, written
from bot.guild_settings.rules import Rule, Rules
from bot.guild_settings.store import Edit
from bot.ui.forms import Filled, paragraph
from bot.ui.markup import in_code
from bot.ui.rules.declaration import Context, DeclaredRule, Field, Given, Marks, Option, setting, several
from bot.ui.words import N_, _, ngettext
from bot.ui.words.refusals import Declined, both, each_of

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
            return _words_edit(form.text("add"), form.text("remove"), context.rules)
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
        return _words_edit(given.get("add", ""), given.get("remove", ""), context.rules) if given else None


def entries(count: int) -> str:
    """How many entries."""
    return ngettext("{count} entry", "{count} entries", count)


def words_of(text: str) -> tuple[str, ...]:
    """Entries, separated by commas or new lines. Raises ``BadEntry``, or what all bad ones are refused for."""
    try:
        return tuple(entry.text for entry in parse_many(text))
    except BadEntry:
        each_of(partial(parse, one) for one in written(text))
        raise


_Entry = tuple[str, ...]
"""What entries share that are the same."""


def _words_edit(add: str, remove: str, rules: Rules) -> Edit:
    """Add and take away entries; those to be taken away must be there, now and when it is done."""
    more, less = both(partial(_by_sameness, add), partial(_listed, remove, rules))

    def edit(rules: Rules) -> Mapping[str, Any]:
        known = _known(less, rules)
        kept = {same: one for same, one in known.items() if same not in less}
        return {"words": (*kept.values(), *(one for same, one in more.items() if same not in kept))}

    return edit


def _by_sameness(text: str) -> dict[_Entry, str]:
    return {sameness(parse(one)): one for one in words_of(text)}


def _listed(text: str, rules: Rules) -> dict[_Entry, str]:
    less = _by_sameness(text)
    if less:  # reading a long list takes its time
        _known(less, rules)
    return less


def _known(less: Mapping[_Entry, str], rules: Rules) -> dict[_Entry, str]:
    """The list as it is. Raises ``Declined`` where one of those to be taken away is not there."""
    known = {sameness(parse(one)): one for one in rules.words}
    each_of(partial(_found, one, same in known) for same, one in less.items())
    return known


def _found(entry: str, there: bool) -> None:
    if not there:
        raise Declined(N_("`{entry}` is not on the list."), entry=in_code(entry))
