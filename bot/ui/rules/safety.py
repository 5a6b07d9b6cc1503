"""What the image services may let pass, what is covered, and who is paused for what they refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.admission.policy import Offers, in_order, provider_tolerance
from bot.guild_settings.rules import Rule, Rules, Spoilers
from bot.guild_settings.store import Edit
from bot.providers.base import Capabilities
from bot.ui.forms import Filled
from bot.ui.rules.declaration import Context, DeclaredRule, Given, Marks
from bot.ui.rules.fields import Level, Number, OneOf
from bot.ui.words import N_, _, ngettext
from bot.ui.words.refusals import Declined

_LEVELS = {0: N_("0 – strictest"), 2: N_("2 – default"), 6: N_("6 – loosest")}


class Safety(DeclaredRule):
    rule = Rule.SAFETY
    title = N_("Safety tolerance")
    description = N_("How much the image services let pass, covered pictures, and pauses")
    fields = (
        Level(
            "tolerance",
            title=N_("tolerance in normal channels"),
            label=N_("In normal channels"),
            about=N_("In normal channels, from 0 (strictest) to 6"),
            words=_LEVELS,
        ),
        Level(
            "tolerance_age_restricted",
            title=N_("tolerance in age-restricted channels"),
            label=N_("In age-restricted channels"),
            option="age_restricted",
            about=N_("In age-restricted channels, from 0 (strictest) to 6"),
            words=_LEVELS,
        ),
    )

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        normal, restricted = rules.tolerance, rules.tolerance_age_restricted
        lines = {normal: N_("**{level}** of 6 in all channels (0 is strictest)")}
        if normal != restricted:
            lines[normal] = N_("**{level}** of 6 in normal channels (0 is strictest)")
            lines[restricted] = N_("**{level}** of 6 in age-restricted channels (0 is strictest)")
        allowed = in_order(rules, offers)
        return "\n".join(f"{_(text, level=level)}\n-# {_all_sent(level, allowed)}" for level, text in lines.items())

    def summary(self, rules: Rules) -> str:
        return _(
            "{level}, age-restricted {restricted}", level=rules.tolerance, restricted=rules.tolerance_age_restricted
        )


def _all_sent(level: int, offers: Offers) -> str:
    sent = " · ".join(_sent(name, offer, level) for name, offer in offers.items())
    return sent or _("None of the allowed services is configured.")


def _sent(name: str, offer: Capabilities, level: int) -> str:
    """Which tolerance a provider is sent at a level of the server's scale."""
    text, edit = (provider_tolerance(offer, level, edit=each) for each in (False, True))
    if text is None and edit is None:
        return _("`{name}` is not used: it cannot be that strict", name=name)
    if text == edit:
        return _("`{name}` is sent {level}", name=name, level=text)
    out = _("ruled out")
    return _(
        "`{name}` is sent {text} for words, {edit} for edits",
        name=name,
        text=out if text is None else text,
        edit=out if edit is None else edit,
    )


class Covered(DeclaredRule):
    rule = Rule.SPOILERS
    title = N_("Spoilers")
    command = "safety"
    fields = (
        OneOf(
            "spoilers",
            title=N_("spoilers"),
            label=N_("Cover pictures until they are clicked"),
            about=N_("Which pictures are covered until somebody clicks them"),
            words={
                Spoilers.NEVER: N_("never"),
                Spoilers.AGE_RESTRICTED: N_("in age-restricted channels"),
                Spoilers.ALWAYS: N_("always"),
            },
        ),
    )

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        match rules.spoilers:
            case Spoilers.NEVER:
                return _("Pictures are shown openly.")
            case Spoilers.AGE_RESTRICTED:
                return _("Pictures in age-restricted channels are covered until somebody clicks them.")
            case Spoilers.ALWAYS:
                return _("Every picture is covered until somebody clicks it.")


class NewMembers(DeclaredRule):
    rule = Rule.NEW_MEMBERS
    title = N_("New members")
    command = "safety"
    fields = (
        Number(
            "new_member_hours",
            title=N_("hours before new members may ask"),
            label=N_("Hours after joining"),
            hint=N_("0: at once."),
            about=N_("Hours after joining before a member may make pictures; 0: at once"),
        ),
    )

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        hours = max(rules.new_member_hours, rules.least_member_hours)
        if not hours:
            return _("Members may make pictures as soon as they have joined.")
        return _("Members may make pictures **{hours}** h after they have joined.", hours=hours)

    def filled(self, form: Filled, context: Context) -> Edit:
        return _not_less(super().filled(form, context))

    def typed(self, given: Given, context: Context) -> Edit | None:
        edit = super().typed(given, context)
        return edit and _not_less(edit)


def _not_less(edit: Edit) -> Edit:
    """The same, unless it asks for fewer hours than the operator does."""

    def checked(rules: Rules) -> Mapping[str, Any]:
        values = edit(rules)
        if values["new_member_hours"] < rules.least_member_hours:
            raise Declined(N_("The bot's operator requires at least {hours} h."), hours=rules.least_member_hours)
        return values

    return checked


class Strikes(DeclaredRule):
    rule = Rule.STRIKES
    title = N_("Strikes")
    command = "safety"
    fields = (
        Number(
            "strikes",
            title=N_("strikes before a pause"),
            label=N_("Refusals for content before a pause"),
            hint=N_("0: never pause anybody."),
            about=N_("Refusals for content that pause a member; 0 switches it off"),
        ),
        Number(
            "strike_hours",
            title=N_("hours in which strikes count"),
            label=N_("Within so many hours"),
            about=N_("Within how many hours they count"),
        ),
        Number(
            "pause_hours",
            title=N_("hours of a pause"),
            label=N_("Pause for so many hours"),
            about=N_("For how many hours the member is paused"),
        ),
    )

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        if not rules.strikes:
            return _("Off: nobody is paused by the bot itself.")
        return ngettext(
            "**{count}** refusal for content within {hours} h pauses a member for {pause} h.",
            "**{count}** refusals for content within {hours} h pause a member for {pause} h.",
            rules.strikes,
            hours=rules.strike_hours,
            pause=rules.pause_hours,
        )

    def summary(self, rules: Rules) -> str:
        if not rules.strikes:
            return _("off")
        return _("{strikes} in {hours} h", strikes=rules.strikes, hours=rules.strike_hours)
