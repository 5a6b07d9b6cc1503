"""Where pictures may be made, and where the moderators' log is posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import discord

from bot.admission.policy import Offers
from bot.guild_settings.rules import CHANNELS_MAX, Rule, Rules
from bot.guild_settings.store import Edit
from bot.ui.authorization import reachable_channel
from bot.ui.forms import Filled
from bot.ui.markup import channel
from bot.ui.rules.declaration import Context, DeclaredRule, Field, Given, Marks, Option, setting, several
from bot.ui.rules.fields import Channels, YesNo, ids
from bot.ui.words import N_, _
from bot.ui.words.refusals import Declined, about, both, each_of

_Type = discord.ChannelType
_PICTURES = (_Type.text, _Type.news, _Type.forum, _Type.media, _Type.voice, _Type.stage_voice)
"""Where members can use commands; threads go with their channel."""
_LOG = (_Type.text, _Type.news, _Type.public_thread, _Type.private_thread)
_PictureChannel = discord.TextChannel | discord.ForumChannel | discord.VoiceChannel | discord.StageChannel
_BOTH = N_("A channel cannot be both allowed and denied.")


class PictureChannels(DeclaredRule):
    rule = Rule.CHANNELS
    title = N_("Channels")
    description = N_("Where pictures may be made; a channel's threads go with it")
    fields = (
        Channels(
            "allowed_channels",
            title=N_("allowed channels"),
            label=N_("Only here"),
            hint=N_("None: everywhere."),
            kinds=_PICTURES,
            most=CHANNELS_MAX,
        ),
        Channels(
            "denied_channels", title=N_("denied channels"), label=N_("Not here"), kinds=_PICTURES, most=CHANNELS_MAX
        ),
    )

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        allowed, denied = (_these(some, marks) for some in (rules.allowed_channels, rules.denied_channels))
        if allowed and denied:
            return _("Pictures may be made in {channels}. Not in {denied}.", channels=allowed, denied=denied)
        if allowed:
            return _("Pictures may be made in {channels}.", channels=allowed)
        if denied:
            return _("Everywhere except in {channels}.", channels=denied)
        return _("Pictures may be made everywhere the bot can see.")

    def summary(self, rules: Rules) -> str:
        allowed, denied = len(rules.allowed_channels), len(rules.denied_channels)
        if not allowed:
            return _("all allowed, {denied} denied", denied=denied)
        return _("{allowed} allowed, {denied} denied", allowed=allowed, denied=denied)

    def filled(self, form: Filled, context: Context) -> Edit:
        allowed, denied = (ids(form, one.name) for one in self.fields)
        there = {*context.rules.allowed_channels, *context.rules.denied_channels}
        chosen = [(field, one) for field in self.fields for one in ids(form, field.name) if one not in there]
        looked_at = [partial(_reachable, context.guild, field, one) for field, one in chosen]
        each_of([*looked_at, partial(_apart, allowed, denied)])
        return setting({"allowed_channels": allowed, "denied_channels": denied})

    def options(self) -> Sequence[Option]:
        return (
            Option("allow", _PictureChannel, N_("Only here, and in others that are allowed")),
            Option("deny", _PictureChannel, N_("Not here")),
            Option("forget", _PictureChannel, N_("Neither allowed nor denied any more")),
        )

    def typed(self, given: Given, context: Context) -> Edit | None:
        if not given:
            return None
        moved = {option: one.id for option, one in given.items()}
        edit = _moved(moved.get("allow"), moved.get("deny"), moved.get("forget"))
        named = [moved[option] for option in ("allow", "deny") if option in moved]
        each_of([*(partial(reachable_channel, context.guild, one) for one in named), partial(edit, context.rules)])
        return edit


def _reachable(guild: discord.Guild, field: Field, channel_id: int) -> None:
    """Raises ``Declined`` for a channel that the bot cannot see, and says in which of the two fields it was chosen."""
    with about(_(field.label)):
        reachable_channel(guild, channel_id)


def _apart(allowed: Sequence[int], denied: Sequence[int]) -> None:
    if set(allowed) & set(denied):
        raise Declined(_BOTH)


def _these(ids: Sequence[int], marks: Marks) -> str:
    return several([f"{channel(one)}{marks.get(one, '')}" for one in ids])


def _moved(allow: int | None, deny: int | None, forget: int | None) -> Edit:
    """Put channels on one of the two lists, which takes them off the other; or off both."""

    def edit(rules: Rules) -> Mapping[str, Any]:
        if allow is not None and allow == deny:
            raise Declined(_BOTH)

        def listed(before: Sequence[int], more: int | None) -> tuple[int, ...]:
            kept = [one for one in before if one not in {allow, deny, forget}]
            return (*kept, *([] if more is None else [more]))

        lists = listed(rules.allowed_channels, allow), listed(rules.denied_channels, deny)
        if max(map(len, lists)) > CHANNELS_MAX:
            raise Declined(N_("Each list can hold {most} channels at most."), most=CHANNELS_MAX)
        return dict(zip(("allowed_channels", "denied_channels"), lists, strict=True))

    return edit


class LogChannel(DeclaredRule):
    rule = Rule.LOG_CHANNEL
    title = N_("Log channel")
    description = N_("Where refusals, reports and changes are posted")
    fields = (
        Channels(
            "log_channel", title=N_("log channel"), label=N_("Channel"), hint=N_("None: nothing is posted."), kinds=_LOG
        ),
        YesNo("log_prompts", title=N_("prompts in the log"), label=N_("Quote what members wrote")),
    )

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        if rules.log_channel is None:
            return _("None: nobody is told of refusals, reports or changes.")
        where = channel(rules.log_channel)
        text = _("{channel}, without quoting what members wrote.", channel=where)
        if rules.log_prompts:
            text = _("{channel}, quoting what members wrote.", channel=where)
        return text + marks.get(rules.log_channel, "")

    def summary(self, rules: Rules) -> str:
        return _("set") if rules.log_channel else _("off")

    def filled(self, form: Filled, context: Context) -> Edit:
        for one in ids(form, "log_channel"):
            if one != context.rules.log_channel:
                reachable_channel(context.guild, one, to_write=True)
        return super().filled(form, context)

    def options(self) -> Sequence[Option]:
        return (
            Option("channel", discord.TextChannel | discord.Thread, N_("A channel that the moderators read")),
            Option("prompts", bool, N_("Whether it may quote what members wrote")),
            Option("off", bool, N_("Tell nobody")),
        )

    def typed(self, given: Given, context: Context) -> Edit | None:
        values: dict[str, int | bool | None] = {}
        if "channel" in given:
            to_write = partial(reachable_channel, context.guild, given["channel"].id, to_write=True)
            values["log_channel"], _on = both(to_write, partial(_stays_on, given))
        elif given.get("off"):
            values["log_channel"] = None
        if "prompts" in given:
            values["log_prompts"] = given["prompts"]
        return setting(values) if values else None


def _stays_on(given: Given) -> None:
    """Raises ``Declined`` where a channel is chosen and the log switched off."""
    if given.get("off"):
        raise Declined(N_("Choose a `channel`, or switch it `off`."))
