"""What each rule of a server is declared with: panel, form, subcommand, audit and reset choices follow from it.

What a rule stores (its fields, their types, bounds and defaults) stands in ``bot.guild_settings.rules``; here stands
how people see and set it. Most rules are a title, two sentences and a list of fields; one whose options are not simply
its fields overrides ``options`` and ``typed``, or ``labels`` and ``filled``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

import discord
from discord import app_commands, ui

from bot.admission.policy import Offers
from bot.guild_settings.rules import Rule, Rules
from bot.guild_settings.store import Edit
from bot.ui.forms import Filled
from bot.ui.words import _, number
from bot.ui.words.refusals import each_of

Marks = Mapping[int, str]
"""Remarks on roles and channels, by their ids."""
NO_MARKS: Marks = MappingProxyType({})

Given = Mapping[str, Any]
"""The options of a subcommand that somebody filled in, by name."""

_FEW = 12
_MARKUP = re.compile("[*`]")


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a subcommand; ``kind`` is what discord.py takes as its annotation."""

    name: str
    kind: Any
    description: str
    choices: Sequence[app_commands.Choice[str]] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """Where a rule is being changed: the server as Discord knows it, its rules as they are, and the providers."""

    guild: discord.Guild
    rules: Rules
    offers: Offers


@dataclass(frozen=True, slots=True)
class Field:
    """A field of ``Rules`` as people see it: its name in sentences, and what stands over and below its control."""

    name: str
    title: str
    label: str = ""
    hint: str = ""
    option: str = ""
    """The name of its option, where that is not the field's."""
    about: str = ""
    """The description of its option."""

    def labelled(self, now: Any) -> ui.Label[Any]:
        """Its control with what is said about it, filled with what holds now."""
        hint = _(self.hint) if self.hint else None
        return ui.Label(text=_(self.label), description=hint, component=self.control(now))

    def control(self, now: Any) -> ui.Item[Any]:
        """Its control in a form."""
        raise NotImplementedError

    def read(self, form: Filled) -> Any:
        """Its value in a form that came back. Raises ``Declined``."""
        raise NotImplementedError

    def declared(self) -> Option:
        """Its option, unless its rule has others."""
        return Option(self.option or self.name, self.kind(), self.about)

    def kind(self) -> Any:
        """Its option's type."""
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        """A JSON value as people read it; short, since it stands in lists."""
        return f"**{number(value) if isinstance(value, int) else value}**"


class DeclaredRule:
    """One rule; each is an instance without state."""

    rule: ClassVar[Rule]
    title: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    command: ClassVar[str] = ""
    """The subcommand it is typed with, where that is another rule's."""
    description: ClassVar[str] = ""
    """The subcommand's, where it is its own."""

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        """What the rule does as it is, in sentences."""
        raise NotImplementedError

    def summary(self, rules: Rules) -> str:
        """The rule in a few letters, for a menu."""
        return ", ".join(_MARKUP.sub("", one.shown(getattr(rules, one.name))) for one in self.fields)

    @property
    def subcommand(self) -> str:
        """The name of the subcommand that it is typed with."""
        return self.command or self.rule.value

    def labels(self, rules: Rules, offers: Offers) -> Sequence[ui.Item[Any]]:
        """The fields of its form, filled with what holds now; where a field cannot hold that, a text says it."""
        return [one.labelled(getattr(rules, one.name)) for one in self.fields]

    def filled(self, form: Filled, context: Context) -> Edit:
        """What a form that came back asks for. Raises ``Declined``; of several wrong fields it names each."""
        values = each_of(partial(one.read, form) for one in self.fields)
        return setting({one.name: value for one, value in zip(self.fields, values, strict=True)})

    def merges(self, form: Filled) -> bool:
        """Whether a form adds and takes away only, so that it may come from one that shows older rules."""
        return False

    def options(self) -> Sequence[Option]:
        """The options of its subcommand."""
        return [one.declared() for one in self.fields]

    def typed(self, given: Given, context: Context) -> Edit | None:
        """What the options ask for; None where none of this rule's was given. Raises ``Declined``."""
        named = {(one.option or one.name): one.name for one in self.fields}
        values = {named[option]: value for option, value in given.items() if option in named}
        return setting(values) if values else None


def setting(values: Mapping[str, Any]) -> Edit:
    """Set fields to values, whatever they were."""
    return lambda _rules: values


def several(shown: Sequence[str]) -> str:
    """The first few of a list, and how many more there are."""
    more = len(shown) - _FEW
    first = ", ".join(shown[:_FEW])
    return _("{shown} and {count} more", shown=first, count=more) if more > 0 else first
