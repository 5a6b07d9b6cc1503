"""The two ways to set a rule: its form, and the subcommands of `/settings` with the options that rules declare."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from inspect import Parameter, Signature
from typing import Any

from discord import app_commands, ui

from bot.admission.policy import Offers
from bot.guild_settings.rules import Rule, Rules
from bot.guild_settings.store import Edit
from bot.ui.forms import Filled, modal
from bot.ui.interactions import Interaction
from bot.ui.rules import DECLARED
from bot.ui.rules.declaration import Context, DeclaredRule, Given, Option
from bot.ui.words import _
from bot.ui.words.refusals import each_of

KIND = "rule"

Answer = Callable[[Interaction, Sequence[DeclaredRule], Given], Awaitable[None]]
"""What a subcommand does with the options that were given; it gets the rules that they are for."""


def target_of(rule: Rule, version: int) -> str:
    """How a form names its rule, and the version of the rules that it shows."""
    return f"{rule}:{version}"


def form_for(target: str, rules: Rules, offers: Offers) -> ui.Modal:
    """The form, filled with what holds now."""
    declared = DECLARED[Rule(target.partition(":")[0])]
    return modal(KIND, target, _(declared.title), *declared.labels(rules, offers))


def filled(form: Filled, context: Context) -> tuple[Edit, int | None]:
    """What a form asks for, and the version of the rules that it showed, where that matters. Raises ``Declined``."""
    name, _colon, version = form.target.partition(":")
    declared = DECLARED[Rule(name)]
    edit = declared.filled(form, context)
    return edit, int(version) if version and not declared.merges(form) else None


def subcommands(answer: Answer) -> Iterator[app_commands.Command[Any, ..., None]]:
    """One for every name that rules are typed with."""
    for name in dict.fromkeys(one.subcommand for one in DECLARED.values()):
        together = [one for one in DECLARED.values() if one.subcommand == name]
        yield _subcommand(name, together, answer)


def typed(declared: Sequence[DeclaredRule], given: Given, context: Context) -> Edit | None:
    """What the options ask for; None where none was given. Raises ``Declined``."""
    edits = [edit for edit in each_of(partial(one.typed, given, context) for one in declared) if edit is not None]

    def all_of_them(rules: Rules) -> Mapping[str, Any]:
        values = each_of(partial(edit, rules) for edit in edits)
        return {name: value for each in values for name, value in each.items()}

    return all_of_them if edits else None


def _subcommand(name: str, declared: Sequence[DeclaredRule], answer: Answer) -> app_commands.Command[Any, ..., None]:
    options = [option for one in declared for option in one.options()]

    async def callback(interaction: Interaction, **given: Any) -> None:
        await answer(interaction, declared, {name: value for name, value in given.items() if value is not None})

    # discord.py reads a command's options off its callback's signature.
    asking = Parameter("interaction", Parameter.POSITIONAL_OR_KEYWORD, annotation=Interaction)
    callback.__signature__ = Signature([asking, *map(_parameter, options)])  # pyright: ignore[reportFunctionMemberAccess]
    app_commands.describe(**{one.name: one.description for one in options})(callback)
    app_commands.choices(**{one.name: list(one.choices) for one in options if one.choices})(callback)
    description = next(one.description for one in declared if one.description)
    return app_commands.Command(name=name, description=description, callback=callback)


def _parameter(option: Option) -> Parameter:
    return Parameter(option.name, Parameter.KEYWORD_ONLY, default=None, annotation=option.kind | None)
