"""How many credits members have: each, those with a role, and all together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import discord
from discord import app_commands, ui

from bot.admission.policy import Offers
from bot.guild_settings.rules import CREDITS_MAX, ROLES_MAX, Rule, Rules
from bot.guild_settings.store import Edit
from bot.ui.authorization import role_here
from bot.ui.forms import Filled
from bot.ui.markup import role
from bot.ui.rules.declaration import Context, DeclaredRule, Field, Given, Marks, Option, setting, several
from bot.ui.rules.fields import Amount, amount, amount_line, credits_of, ids
from bot.ui.words import N_, _, ngettext
from bot.ui.words.refusals import Declined, both, each_of

_CREDITS = Option("credits", app_commands.Range[int, 0, CREDITS_MAX], N_("0: no pictures at all"))
_EVERY_LIMIT = N_("As many as they like")


class _OneAmount(DeclaredRule):
    """A rule of one number of credits, which may be unlimited."""

    unlimited = _EVERY_LIMIT

    def options(self) -> Sequence[Option]:
        return (_CREDITS, Option("unlimited", bool, self.unlimited))

    def typed(self, given: Given, context: Context) -> Edit | None:
        return setting({self.fields[0].name: _amount(given)}) if _names_amount(given) else None


class Quota(_OneAmount):
    rule = Rule.QUOTA
    title = N_("Credits for a member")
    description = N_("A member's credits in 24 hours")
    fields = (
        Amount(
            "daily_credits",
            title=N_("credits for a member"),
            label=N_("Credits in 24 hours"),
            hint=N_("A number, or: unlimited. 0: none."),
        ),
    )

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        if rules.daily_credits == 0:
            return _("Members without a role that says otherwise cannot make pictures.")
        if rules.daily_credits is None:
            return _("Members may make as many pictures as they like.")
        return _(
            "**{credits}** in any 24 hours. A `pro` picture costs 1, a `max` picture 2.",
            credits=rules.daily_credits,
        )


class _ByRole(Field):
    """Limits by role; its form and options are the rule's."""

    def shown(self, value: Mapping[str, int | None]) -> str:
        return several([f"{role(int(one))} {amount(credits)}" for one, credits in value.items()]) or _("none")


class RoleQuota(DeclaredRule):
    rule = Rule.ROLE_QUOTA
    title = N_("Credits by role")
    description = N_("Credits for members with a role; of several roles the highest counts")
    fields = (_ByRole("role_credits", title=N_("credits by role")),)

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        if not rules.role_credits:
            return _("No role has credits of its own.")
        each = [f"{role(one)} {amount(credits)}{marks.get(one, '')}" for one, credits in rules.role_credits.items()]
        return _("{roles}. Of several roles, the highest counts.", roles=several(each))

    def summary(self, rules: Rules) -> str:
        return ngettext("{count} role", "{count} roles", len(rules.role_credits))

    def labels(self, rules: Rules, offers: Offers) -> Sequence[ui.Item[Any]]:
        # Listed, and not chosen in the fields: several roles have several limits, and what is chosen is changed.
        now = _("No role has credits of its own.")
        if rules.role_credits:
            each = ", ".join(f"{role(one)} {amount(credits)}" for one, credits in rules.role_credits.items())
            now = _("Now: {roles}. Roles that you do not choose stay as they are.", roles=each)
        roles = ui.RoleSelect[Any](custom_id="roles", min_values=1, max_values=10, required=True)
        hint = _("A number, or: unlimited. 0: none. Empty: as everybody else.")
        credits = amount_line("credits", "", required=False)
        return [
            ui.TextDisplay(now),
            ui.Label(text=_("Roles"), component=roles),
            ui.Label(text=_("Credits in 24 hours"), description=hint, component=credits),
        ]

    def filled(self, form: Filled, context: Context) -> Edit:
        roles, text = ids(form, "roles"), form.text("credits")
        whose = [partial(role_here, context.guild, one) for one in roles]
        if not text:
            return _role_edit(each_of(whose), None, forget=True)
        room = partial(_room, context.rules, roles)
        _roles, credits = both(partial(each_of, [*whose, room]), partial(credits_of, text))
        return _role_edit(roles, credits)

    def merges(self, form: Filled) -> bool:
        return True

    def options(self) -> Sequence[Option]:
        return (
            Option("role", discord.Role, N_("Whose credits")),
            _CREDITS,
            Option("unlimited", bool, _EVERY_LIMIT),
            Option("remove", bool, N_("Forget it")),
        )

    def typed(self, given: Given, context: Context) -> Edit | None:
        remove = bool(given.get("remove"))
        if "role" not in given and not _names_amount(given) and not remove:
            return None
        role_id, credits = both(partial(_role, given, context.guild), partial(_amount_of_role, given))
        return _role_edit([role_id], credits, forget=remove)


class ServerQuota(_OneAmount):
    rule = Rule.SERVER_QUOTA
    title = N_("Credits for everybody together")
    description = N_("Credits for all members together in 24 hours")
    unlimited = N_("No limit for all together")
    fields = (
        Amount(
            "pool_credits",
            title=N_("credits for everybody together"),
            label=N_("Credits for all together"),
            hint=N_("A number, or: unlimited."),
        ),
    )

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        if rules.pool_credits is None:
            return _("No limit for all members together.")
        if rules.pool_credits == 0:
            return _("Nobody can make pictures.")
        return _("**{credits}** in any 24 hours for all members together.", credits=rules.pool_credits)


def _names_amount(given: Given) -> bool:
    return "credits" in given or bool(given.get("unlimited"))


def _amount(given: Given) -> int | None:
    if given.get("unlimited") and "credits" in given:
        raise Declined(N_("Give a number of `credits`, or make it `unlimited`."))
    return given.get("credits")


def _role(given: Given, guild: discord.Guild) -> int:
    """Whose limit it is; one that is taken away may be anybody's."""
    whose = given.get("role")
    if whose is None:
        raise Declined(N_("Say which `role` it is for."))
    return whose.id if given.get("remove") else role_here(guild, whose.id)


def _amount_of_role(given: Given) -> int | None:
    if _names_amount(given) == bool(given.get("remove")):
        raise Declined(N_("Give the role `credits`, make it `unlimited`, or `remove` what it has: one of the three."))
    return _amount(given)


def _room(rules: Rules, role_ids: Sequence[int]) -> None:
    """Raises ``Declined`` where so many more roles would be too many."""
    if len({*rules.role_credits, *role_ids}) > ROLES_MAX:
        raise Declined(N_("At most {most} roles can have credits of their own."), most=ROLES_MAX)


def _role_edit(role_ids: Sequence[int], credits: int | None, *, forget: bool = False) -> Edit:
    """Give roles a limit, or take theirs away."""

    def edit(rules: Rules) -> Mapping[str, Any]:
        others = {one: limit for one, limit in rules.role_credits.items() if one not in role_ids}
        if forget:
            return {"role_credits": others}
        _room(rules, role_ids)
        return {"role_credits": others | dict.fromkeys(role_ids, credits)}

    return edit
