"""The kinds of fields that rules have: each is a control of a form, an option of a command, and a value in a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import discord
from discord import app_commands, ui

from bot.guild_settings.rules import CREDITS_MAX, bounds
from bot.ui.forms import Filled, line, select
from bot.ui.markup import channel, escaped
from bot.ui.rules.declaration import Field, Option, several
from bot.ui.words import N_, _, number
from bot.ui.words.refusals import Declined

_AMOUNT_LENGTH = 20
"""Room for a number, and for "unlimited" in each language."""


def ids(form: Filled, name: str) -> tuple[int, ...]:
    """The roles or channels that were chosen in a field."""
    return tuple(int(value) for value in form.values.get(name, ()))


class Number(Field):
    """A whole number that is written; its bounds are the rule's."""

    def control(self, now: int) -> ui.Item[Any]:
        return line(self.name, str(now), len(str(bounds(self.name)[1])))

    def read(self, form: Filled) -> int:
        text, (least, most) = form.text(self.name), bounds(self.name)
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise Declined(
                N_("{field}: “{text}” is not a number from {least} to {most}."),
                field=_(self.label),
                text=escaped(text[:20]),
                least=least,
                most=most,
            )
        return int(text)

    def kind(self) -> Any:
        return cast(Any, app_commands.Range)[(int, *bounds(self.name))]


@dataclass(frozen=True, slots=True)
class Level(Number):
    """A number of few that is chosen; some of them have a word."""

    words: Mapping[int, str] = field(default_factory=dict[int, str])

    def control(self, now: int) -> ui.Item[Any]:
        least, most = bounds(self.name)
        labels = {one: _(self.words[one]) if one in self.words else str(one) for one in range(least, most + 1)}
        return select(self.name, [(label, str(one), one == now) for one, label in labels.items()])


@dataclass(frozen=True, slots=True)
class OneOf(Field):
    """One of some names, each with a word for it."""

    words: Mapping[Any, str] = field(default_factory=dict[Any, str])

    def control(self, now: Any) -> ui.Item[Any]:
        return select(self.name, [(_(word), str(one), one == now) for one, word in self.words.items()])

    def read(self, form: Filled) -> Any:
        return next(one for one in self.words if str(one) == form.text(self.name))

    def declared(self) -> Option:
        choices = [app_commands.Choice(name=word, value=str(one)) for one, word in self.words.items()]
        return Option(self.option or self.name, str, self.about, choices)

    def shown(self, value: Any) -> str:
        return f"**{next(_(word) for one, word in self.words.items() if str(one) == str(value))}**"


class YesNo(Field):
    """Whether something is so."""

    def control(self, now: bool) -> ui.Item[Any]:
        return select(self.name, [(_("no"), "no", not now), (_("yes"), "yes", now)])

    def kind(self) -> Any:
        return bool

    def read(self, form: Filled) -> bool:
        return form.text(self.name) == "yes"

    def shown(self, value: bool) -> str:
        said = _("yes") if value else _("no")
        return f"**{said}**"


class Amount(Field):
    """A number of credits, or no limit at all."""

    def control(self, now: int | None) -> ui.Item[Any]:
        return amount_line(self.name, _("unlimited") if now is None else str(now))

    def read(self, form: Filled) -> int | None:
        return credits_of(form.text(self.name))

    def shown(self, value: int | None) -> str:
        return f"**{amount(value)}**"


def amount(credits: int | None) -> str:
    """A number of credits, or that there is no limit."""
    return _("unlimited") if credits is None else number(credits)


def amount_line(name: str, now: str, *, required: bool = True) -> ui.TextInput[Any]:
    """Where a number of credits is written, or that there is no limit."""
    return line(name, now, _AMOUNT_LENGTH, required=required)


def credits_of(text: str) -> int | None:
    """A number of credits, or `unlimited` (None). Raises ``Declined``."""
    written = text.strip().lower()
    if written in {"unlimited", _("unlimited").lower(), "∞"}:
        return None
    plain = written.replace(",", "").replace(" ", "")
    if not plain.isascii() or not plain.isdigit() or int(plain) > CREDITS_MAX:
        raise Declined(N_("Credits are a number from 0 to {most}, or `unlimited`."), most=CREDITS_MAX)
    return int(plain)


@dataclass(frozen=True, slots=True)
class Channels(Field):
    """Some channels, at most so many."""

    kinds: Sequence[discord.ChannelType] = ()
    most: int = 1

    def control(self, now: Sequence[int] | int | None) -> ui.Item[Any]:
        chosen = now if isinstance(now, Sequence) else [now] if now else []
        return ui.ChannelSelect[Any](
            custom_id=self.name,
            channel_types=list(self.kinds),
            min_values=0,
            max_values=self.most,
            required=False,
            default_values=[discord.Object(one) for one in chosen],
        )

    def read(self, form: Filled) -> Any:
        chosen = ids(form, self.name)
        return chosen if self.most > 1 else next(iter(chosen), None)

    def shown(self, value: list[int] | int | None) -> str:
        given = value if isinstance(value, list) else [value] if value else []
        return several([channel(one) for one in given]) or _("none")
