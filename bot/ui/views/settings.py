"""Pure: the panel of a server's rules, what a change did, and the list of blocked words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import discord
from discord import ui

from bot.admission.policy import Offers
from bot.guild_settings.rules import FIELDS, Rules
from bot.guild_settings.store import Change
from bot.ui import controls
from bot.ui.markup import in_code
from bot.ui.rules import DECLARED, field_name, field_value
from bot.ui.rules.declaration import NO_MARKS, DeclaredRule, Marks
from bot.ui.views.card import PICTURE, TEXT_MAX, TROUBLE, Row, card, note
from bot.ui.words import _, labelled, ngettext

_LISTED = 2000
WORDS_NAME = "blocked-words.txt"


def show(rules: Rules, offers: Offers, marks: Marks = NO_MARKS) -> ui.LayoutView:
    """Every rule with its effect; ``marks`` are remarks on roles and channels, by their ids."""
    head = _("## The rules of this server\n-# Rules marked ● were set here; the others are the bot's defaults.")
    texts = [
        f"**{'●' if set(FIELDS[rule]) & rules.own else '○'} {_(one.title)}**\n{one.effect(rules, offers, marks)}"
        for rule, one in DECLARED.items()
    ]
    fitted = _fitted(texts, TEXT_MAX - len(head))
    return card(PICTURE, head, *fitted, Row(controls.RuleChoice(_options(rules))), Row(controls.RulesRefresh()))


def _fitted(texts: Sequence[str], room: int) -> list[str]:
    """All texts within so many characters: the longest give way first, and none in the middle of a name."""
    fitted = list(texts)
    for at in sorted(range(len(fitted)), key=lambda one: -len(fitted[one])):
        over = sum(map(len, fitted)) - room
        if over <= 0:
            break
        most = max(room // len(fitted), len(fitted[at]) - over)
        fitted[at] = fitted[at][: most - 2].rpartition(" ")[0] + " …"
    return fitted


def _options(rules: Rules) -> list[discord.SelectOption]:
    """The rules to choose from, each with what holds now."""
    return [
        discord.SelectOption(label=_(one.title), value=rule.value, description=one.summary(rules)[:100])
        for rule, one in DECLARED.items()
    ]


def reset_question() -> ui.LayoutView:
    """What resetting everything does, before it is done."""
    text = _(
        "**Reset every rule of this server?**\nThat includes the blocked words, credits, channels and the log "
        "channel. The record keeps what they were."
    )
    return card(TROUBLE, text, Row(controls.ResetAll()))


def held(declared: Iterable[DeclaredRule], rules: Rules, offers: Offers, marks: Marks) -> str:
    """Some rules as they are."""
    return "\n".join(f"**{_(one.title)}**\n{one.effect(rules, offers, marks)}" for one in declared)


def changed(changes: Sequence[Change], rules: Rules, offers: Offers, marks: Marks = NO_MARKS) -> str:
    """What a change did: from, to, and the effect."""
    if not changes:
        return _("Nothing changed: it was like that already.")
    touched = {one.field for one in changes}
    lines = [_("**Changed**"), *(changed_field(one.field, one.before, one.after) for one in changes)]
    lines += [one.effect(rules, offers, marks) for rule, one in DECLARED.items() if touched & set(FIELDS[rule])]
    return "\n".join(lines)[:TEXT_MAX]


def changed_field(name: str, before: object, after: object) -> str:
    """One field, from and to, as JSON values."""
    return labelled(field_name(name), f"{field_value(name, before)} → {field_value(name, after)}")


def word_list(words: Sequence[str]) -> ui.LayoutView:
    """The blocked entries, for a moderator's eyes; the whole list is in the file beside it."""
    if not words:
        return note(_("No words are blocked."), PICTURE)
    text = ngettext("**{count} blocked entry**", "**{count} blocked entries**", len(words))
    shown = ", ".join(f"`{in_code(one)}`" for one in words)
    shown = shown if len(shown) <= _LISTED else shown[:_LISTED].rpartition(", ")[0] + " …"
    return card(PICTURE, f"{text}\n{shown}", ui.File(f"attachment://{WORDS_NAME}"))


def marks_of(guild: discord.Guild, rules: Rules) -> Marks:
    """What is to be said of roles and channels: that they are gone, or that everybody reads the log."""
    channels = {one for one in (*rules.allowed_channels, *rules.denied_channels, rules.log_channel) if one is not None}
    gone = {one for one in rules.role_credits if guild.get_role(one) is None}
    gone |= {one for one in channels if guild.get_channel_or_thread(one) is None}
    marks = dict.fromkeys(gone, " " + _("(gone)"))
    log = guild.get_channel_or_thread(rules.log_channel) if rules.log_channel is not None else None
    if log is not None and log.permissions_for(guild.default_role).view_channel:
        marks[log.id] = " " + _("⚠ **Everybody can read it**, including which words are blocked and who reports whom.")
    return marks
