"""Pure: a server's rules in words that say what they do, and the panel that shows them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

import discord
from discord import ui

from bot.admission.policy import Offers, in_order, provider_tolerance
from bot.guild_settings.rules import FIELDS, Rule, Rules, Spoilers
from bot.guild_settings.store import Change
from bot.models import Model
from bot.ui import controls
from bot.ui.views.card import PICTURE, TEXT_MAX, TROUBLE, Row, card, note

TITLES: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.SAFETY: "Safety tolerance",
        Rule.SPOILERS: "Spoilers",
        Rule.QUOTA: "Credits of a member",
        Rule.ROLE_QUOTA: "Credits by role",
        Rule.SERVER_QUOTA: "Credits of everybody together",
        Rule.CHANNELS: "Channels",
        Rule.MODELS: "Models",
        Rule.PROVIDERS: "Image services",
        Rule.WORDS: "Blocked words",
        Rule.STRIKES: "Strikes",
        Rule.LOG_CHANNEL: "Log channel",
    }
)

FIELD_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "tolerance": "tolerance in normal channels",
        "tolerance_age_restricted": "tolerance in age-restricted channels",
        "spoilers": "spoilers",
        "daily_credits": "credits of a member",
        "role_credits": "credits by role",
        "pool_credits": "credits of everybody together",
        "allowed_channels": "allowed channels",
        "denied_channels": "denied channels",
        "models": "models",
        "providers": "image services",
        "words": "blocked words",
        "strikes": "strikes before a pause",
        "strike_hours": "hours in which strikes count",
        "pause_hours": "hours of a pause",
        "log_channel": "log channel",
        "log_prompts": "prompts in the log",
    }
)

_SPOILERS = {
    Spoilers.NEVER: "Pictures are shown openly.",
    Spoilers.AGE_RESTRICTED: "Pictures in age-restricted channels are covered until somebody clicks them.",
    Spoilers.ALWAYS: "Every picture is covered until somebody clicks it.",
}
Marks = Mapping[int, str]
NO_MARKS: Marks = MappingProxyType({})
GONE = " (gone)"
PUBLIC = " ⚠ **Everybody can read it**: also which words are blocked, and who reports whom."

_FEW = 12
_LISTED = 2000
WORDS_NAME = "blocked-words.txt"


def show(rules: Rules, offers: Offers, marks: Marks = NO_MARKS) -> ui.LayoutView:
    """Every rule with its effect; ``marks`` are remarks on roles and channels, by their ids."""
    head = "## The rules of this server\n-# What is marked with ● was set here; the rest is usual for this bot."
    texts: list[str] = []
    for rule in Rule:
        mark = "●" if set(FIELDS[rule]) & rules.own else "○"
        texts.append(f"**{mark} {TITLES[rule]}**\n{effect(rule, rules, offers, marks)}")
    shown = [ui.TextDisplay[Any](text) for text in (head, *_fitted(texts, TEXT_MAX - len(head)))]
    return card(PICTURE, *shown, Row(controls.RuleChoice(options(rules))), Row(controls.RulesRefresh()))


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


def reset_question() -> ui.LayoutView:
    """What resetting everything does, before it is done."""
    text = (
        "**Take back every rule of this server?**\nThe blocked words, credits, channels and the log channel go "
        "as well. What they were stays on record."
    )
    return card(TROUBLE, ui.TextDisplay(text), Row(controls.ResetAll()))


def effect(rule: Rule, rules: Rules, offers: Offers, marks: Marks = NO_MARKS) -> str:
    """What a rule does, in words."""
    return _EFFECTS[rule](rules, offers, marks)


def summary(rule: Rule, rules: Rules) -> str:
    """A rule in a few letters, for a menu."""
    short: dict[Rule, str] = {
        Rule.SAFETY: f"{rules.tolerance}, age-restricted {rules.tolerance_age_restricted}",
        Rule.SPOILERS: rules.spoilers.replace("_", "-"),
        Rule.QUOTA: _amount(rules.daily_credits),
        Rule.ROLE_QUOTA: _counted(len(rules.role_credits), "role"),
        Rule.SERVER_QUOTA: _amount(rules.pool_credits),
        Rule.CHANNELS: f"{len(rules.allowed_channels) or 'all'} allowed, {len(rules.denied_channels)} denied",
        Rule.MODELS: ", ".join(rules.models),
        Rule.PROVIDERS: ", ".join(rules.providers) or "usual",
        Rule.WORDS: _counted(len(rules.words), "entry", "entries"),
        Rule.STRIKES: f"{rules.strikes} in {rules.strike_hours} h" if rules.strikes else "off",
        Rule.LOG_CHANNEL: "set" if rules.log_channel else "off",
    }
    return short[rule]


def changed(changes: Sequence[Change], rules: Rules, offers: Offers, marks: Marks = NO_MARKS) -> str:
    """What a change did: from, to, and the effect."""
    if not changes:
        return "Nothing changed: it is like that already."
    lines = ["**Changed**"]
    lines += [
        f"{FIELD_NAMES[one.field]}: {value(one.field, one.before)} → {value(one.field, one.after)}" for one in changes
    ]
    touched = {one.field for one in changes}
    lines += [effect(rule, rules, offers, marks) for rule in Rule if touched & set(FIELDS[rule])]
    return "\n".join(lines)[:TEXT_MAX]


def value(field: str, given: Any) -> str:
    """A field's JSON value as people read it; short, since it stands in lists."""
    if field.endswith("_channels"):
        return " ".join(f"<#{one}>" for one in given[:_FEW]) + _rest(given) if given else "none"
    if field == "log_channel":
        return f"<#{given}>" if given else "none"
    if field == "role_credits":
        each = [f"<@&{role}> {_amount(credits)}" for role, credits in given.items()]
        return ", ".join(each[:_FEW]) + _rest(each) if each else "none"
    if field == "words":
        came = [f"+`{one}`" for one in given.get("new", ())] + [f"−`{one}`" for one in given.get("gone", ())]
        listed = f" ({', '.join(came[:_FEW])}{_rest(came)})" if came else ""
        return _counted(given["entries"], "entry", "entries") + listed
    if field in {"daily_credits", "pool_credits"}:
        return f"**{_amount(given)}**"
    if isinstance(given, bool):
        return "**yes**" if given else "**no**"
    if isinstance(given, list):
        several = cast(list[Any], given)
        return ", ".join(f"`{one}`" for one in several) or "usual"
    return f"**{str(given).replace('_', '-')}**"


def field_name(field: str) -> str:
    """A field's name as people read it."""
    return FIELD_NAMES.get(field, field)


def word_list(words: Sequence[str]) -> ui.LayoutView:
    """The blocked entries, for a moderator's eyes; the whole list is in the file beside it."""
    if not words:
        return note("No words are blocked.", PICTURE)
    text = f"**{_counted(len(words), 'blocked entry', 'blocked entries')}**\n"
    shown = ", ".join(f"`{one}`" for one in words)
    text += shown if len(shown) <= _LISTED else shown[:_LISTED].rpartition(", ")[0] + " …"
    return card(PICTURE, ui.TextDisplay(text), ui.File(f"attachment://{WORDS_NAME}"))


def _safety(rules: Rules, offers: Offers, _: Marks) -> str:
    levels = {rules.tolerance: "normal channels"}
    if rules.tolerance_age_restricted == rules.tolerance:
        levels[rules.tolerance] = "all channels"
    else:
        levels[rules.tolerance_age_restricted] = "age-restricted channels"
    lines: list[str] = []
    for level, where in levels.items():
        sent = " · ".join(_sent(name, offer, level) for name, offer in in_order(rules, offers).items())
        told = f"\n-# {sent}" if sent else "\n-# None of the services that are allowed is configured."
        lines.append(f"**{level}** of 6 in {where} (0 is strictest){told}")
    return "\n".join(lines)


def _sent(name: str, offer: Any, level: int) -> str:
    """What a provider is told at a level of ours."""
    text, edit = (provider_tolerance(offer, level, edit=each) for each in (False, True))
    if text is None and edit is None:
        return f"`{name}` is ruled out, it cannot be that strict"
    if text == edit:
        return f"`{name}` is sent {text}"
    parts = [
        f"{'ruled out' if one is None else one} {what}" for one, what in ((text, "for words"), (edit, "for edits"))
    ]
    return f"`{name}` is sent {', '.join(parts)}"


def _channels(rules: Rules, _: Offers, marks: Marks) -> str:
    lines = [f"Pictures may be made in {_these(rules.allowed_channels, marks)}." if rules.allowed_channels else ""]
    if rules.denied_channels:
        but = "Not in" if rules.allowed_channels else "Everywhere but in"
        lines.append(f"{but} {_these(rules.denied_channels, marks)}.")
    return " ".join(line for line in lines if line) or "Pictures may be made everywhere that the bot can see."


def _these(ids: Sequence[int], marks: Marks) -> str:
    shown = [f"<#{one}>{marks.get(one, '')}" for one in ids[:_FEW]]
    return ", ".join(shown) + _rest(ids)


def _roles(rules: Rules, _: Offers, marks: Marks) -> str:
    if not rules.role_credits:
        return "No role has credits of its own."
    each = [f"<@&{role}> {_amount(credits)}{marks.get(role, '')}" for role, credits in rules.role_credits.items()]
    return ", ".join(each[:_FEW]) + _rest(each) + ". Of several roles the highest counts."


def _quota(rules: Rules, *_: Any) -> str:
    if rules.daily_credits == 0:
        return "Members without a role that says otherwise cannot make pictures."
    if rules.daily_credits is None:
        return "Members may make as many pictures as they like."
    return f"**{rules.daily_credits:,}** in any 24 hours. A `pro` picture costs 1, a `max` picture 2."


def _pool(rules: Rules, *_: Any) -> str:
    if rules.pool_credits is None:
        return "No limit for all members together."
    if rules.pool_credits == 0:
        return "Nobody can make pictures."
    return f"**{rules.pool_credits:,}** in any 24 hours for all members together."


def _models(rules: Rules, *_: Any) -> str:
    return " and ".join(f"`{model}`" for model in Model if model in rules.models) + " may be used."


def _providers(rules: Rules, offers: Offers, _: Marks) -> str:
    if not rules.providers:
        return f"The usual order: {', '.join(f'`{name}`' for name in offers)}."
    missing = [name for name in rules.providers if name not in offers]
    text = f"Only {', then '.join(f'`{name}`' for name in rules.providers)}."
    return text + (f" Not configured at present: {', '.join(f'`{name}`' for name in missing)}." if missing else "")


def _words(rules: Rules, *_: Any) -> str:
    if not rules.words:
        return "No words are blocked."
    return f"{_counted(len(rules.words), 'entry', 'entries')}. Whoever uses one is refused, without being told which."


def _strikes(rules: Rules, *_: Any) -> str:
    if not rules.strikes:
        return "Off: nobody is paused by the bot itself."
    return (
        f"**{rules.strikes}** refusals for content within {rules.strike_hours} h pause a member for "
        f"{rules.pause_hours} h."
    )


def _log_channel(rules: Rules, _: Offers, marks: Marks) -> str:
    if rules.log_channel is None:
        return "None: refusals, reports and changes are told to nobody."
    words = "with" if rules.log_prompts else "without"
    return f"<#{rules.log_channel}>, {words} what members wrote.{marks.get(rules.log_channel, '')}"


def _spoilers(rules: Rules, *_: Any) -> str:
    return _SPOILERS[rules.spoilers]


_EFFECTS: Mapping[Rule, Callable[[Rules, Offers, Marks], str]] = {
    Rule.SAFETY: _safety,
    Rule.SPOILERS: _spoilers,
    Rule.QUOTA: _quota,
    Rule.ROLE_QUOTA: _roles,
    Rule.SERVER_QUOTA: _pool,
    Rule.CHANNELS: _channels,
    Rule.MODELS: _models,
    Rule.PROVIDERS: _providers,
    Rule.WORDS: _words,
    Rule.STRIKES: _strikes,
    Rule.LOG_CHANNEL: _log_channel,
}


def _amount(credits: int | None) -> str:
    return "unlimited" if credits is None else f"{credits:,}"


def _counted(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _rest(items: Sequence[Any]) -> str:
    return f" and {len(items) - _FEW} more" if len(items) > _FEW else ""


def options(rules: Rules) -> list[discord.SelectOption]:
    """The rules to choose from, each with what holds now."""
    return [
        discord.SelectOption(label=TITLES[rule], value=rule.value, description=summary(rule, rules)[:100])
        for rule in Rule
    ]
