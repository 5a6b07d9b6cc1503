"""A form for each rule, filled with what holds now; and what a filled-in form, or a command's options, mean.

Everything that a moderator can type comes through here, and is refused in words before anything is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bot.admission.policy import Offers
from bot.blocklist import BadEntry, parse, parse_many, sameness
from bot.errors import BadInput
from bot.guild_settings.rules import CHANNELS_MAX, CREDITS_MAX, ROLES_MAX, TOLERANCE_MAX, Rule, Rules, Spoilers
from bot.guild_settings.store import Edit, EffectiveRules
from bot.models import Model
from bot.ui.forms import PREFIX, Filled
from bot.ui.views.settings import TITLES

KIND = "rule"
_FORM_SECONDS = 15 * 60.0
_LONGEST = 4000
_HOURS_MAX = 720
_PICTURE_CHANNELS = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.media,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
]
"""Where members can use commands; threads go with their channel."""
_LOG_CHANNELS = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
]
_SPOILERS = {
    Spoilers.NEVER: "never",
    Spoilers.AGE_RESTRICTED: "in age-restricted channels",
    Spoilers.ALWAYS: "always",
}


def build(rule: Rule, effective: EffectiveRules, offers: Offers) -> ui.Modal:
    """The form that changes a rule; it carries the version that it shows."""
    custom_id = f"{PREFIX}{KIND}:{rule}:{effective.version}"
    modal = ui.Modal(title=TITLES[rule], custom_id=custom_id, timeout=_FORM_SECONDS)
    for label in _FORMS[rule](effective.rules, offers):
        modal.add_item(label)
    return modal


def edit_of(filled: Filled, offers: Offers) -> tuple[Edit, int | None]:
    """What a filled-in form asks for, and the version of the rules that it showed, where that matters.

    Raises ``BadInput``.
    """
    rule, _, version = filled.target.partition(":")
    # What is merged overwrites nobody, so it may come from a form that shows older rules.
    merges = rule == Rule.ROLE_QUOTA or (rule == Rule.WORDS and "words" not in filled.values)
    return _READ[Rule(rule)](filled, offers), int(version) if version and not merges else None


# What options and fields mean


def credits_of(text: str) -> int | None:
    """A number of credits, or `unlimited` (None). Raises ``BadInput``."""
    plain = text.strip().lower().replace(",", "").replace(" ", "")
    if plain in {"unlimited", "∞"}:
        return None
    if not plain.isascii() or not plain.isdigit() or int(plain) > CREDITS_MAX:
        raise BadInput(f"Credits are a number from 0 to {CREDITS_MAX:,}, or `unlimited`.")
    return int(plain)


def providers_of(text: str, offers: Offers) -> tuple[str, ...]:
    """Names in an order, without repeats; empty for the usual. Raises ``BadInput``."""
    names = [name.strip().strip("`").lower() for name in text.replace("\n", ",").split(",") if name.strip()]
    unknown = [name for name in names if name not in offers]
    if unknown:
        known = ", ".join(f"`{name}`" for name in offers)
        raise BadInput(
            f"I do not know the image service “{discord.utils.escape_markdown(unknown[0][:30])}”. There are {known}."
        )
    if len(set(names)) != len(names):
        raise BadInput("Name each image service once.")
    return tuple(names)


def words_of(text: str) -> tuple[str, ...]:
    """Entries, separated by commas or new lines. Raises ``BadInput``."""
    try:
        return tuple(entry.text for entry in parse_many(text))
    except BadEntry as error:
        raise BadInput(str(error)) from None


def words_edit(add: str = "", remove: str = "") -> Edit:
    """Add and take away entries; those to be taken away must be there."""
    more, less = ({sameness(parse(one)): one for one in words_of(text)} for text in (add, remove))

    def edit(rules: Rules) -> Mapping[str, Any]:
        known = {sameness(parse(one)): one for one in rules.words}
        if missing := [one for same, one in less.items() if same not in known]:
            raise BadInput(f"`{missing[0]}` is not on the list.")
        kept = {same: one for same, one in known.items() if same not in less}
        return {"words": (*kept.values(), *(one for same, one in more.items() if same not in kept))}

    return edit


def role_edit(role_ids: Sequence[int], credits: int | None, *, forget: bool = False) -> Edit:
    """Give roles a limit, or take theirs away."""

    def edit(rules: Rules) -> Mapping[str, Any]:
        others = {role: limit for role, limit in rules.role_credits.items() if role not in role_ids}
        if forget:
            return {"role_credits": others}
        if len(others) + len(role_ids) > ROLES_MAX:
            raise BadInput(f"At most {ROLES_MAX} roles can have credits of their own.")
        return {"role_credits": others | dict.fromkeys(role_ids, credits)}

    return edit


def channels_edit(allow: Sequence[int] = (), deny: Sequence[int] = (), forget: Sequence[int] = ()) -> Edit:
    """Put channels on one of the two lists, which takes them off the other; or off both."""
    if set(allow) & set(deny):
        raise BadInput("A channel cannot be both allowed and denied.")

    def edit(rules: Rules) -> Mapping[str, Any]:
        moved = {*allow, *deny, *forget}
        allowed = (*(one for one in rules.allowed_channels if one not in moved), *allow)
        denied = (*(one for one in rules.denied_channels if one not in moved), *deny)
        if max(len(allowed), len(denied)) > CHANNELS_MAX:
            raise BadInput(f"Each list takes {CHANNELS_MAX} channels at most.")
        return {"allowed_channels": allowed, "denied_channels": denied}

    return edit


def plainly(**values: Any) -> Edit:
    """Set fields to values."""
    return lambda _: values


# The forms


def _safety(rules: Rules, _: Offers) -> list[ui.Label[Any]]:
    def levels(name: str, now: int) -> ui.Select[Any]:
        words = {0: "0 – strictest", 2: "2 – usual", TOLERANCE_MAX: f"{TOLERANCE_MAX} – loosest"}
        return _choice(name, [(words.get(one, str(one)), str(one), one == now) for one in range(TOLERANCE_MAX + 1)])

    return [
        ui.Label(text="In normal channels", component=levels("tolerance", rules.tolerance)),
        ui.Label(
            text="In age-restricted channels",
            component=levels("tolerance_age_restricted", rules.tolerance_age_restricted),
        ),
    ]


def _spoilers(rules: Rules, _: Offers) -> list[ui.Label[Any]]:
    choices = [(label, one.value, one is rules.spoilers) for one, label in _SPOILERS.items()]
    return [ui.Label(text="Cover pictures until they are clicked", component=_choice("spoilers", choices))]


def _amount(name: str, label: str, now: int | None, hint: str) -> ui.Label[Any]:
    text = "unlimited" if now is None else str(now)
    return ui.Label(text=label, description=hint, component=_line(name, text, 12))


def _quota(rules: Rules, _: Offers) -> list[ui.Label[Any]]:
    return [_amount("daily_credits", "Credits in 24 hours", rules.daily_credits, "A number, or: unlimited. 0: none.")]


def _pool(rules: Rules, _: Offers) -> list[ui.Label[Any]]:
    return [_amount("pool_credits", "Credits of all together", rules.pool_credits, "A number, or: unlimited.")]


def _role_quota(*_: Any) -> list[ui.Label[Any]]:
    roles = ui.RoleSelect[Any](custom_id="roles", min_values=1, max_values=10, required=True)
    hint = "A number, or: unlimited. 0: none. Empty: as everybody else."
    return [
        ui.Label(text="Roles", component=roles),
        ui.Label(text="Credits in 24 hours", description=hint, component=_line("credits", "", 12, required=False)),
    ]


def _channels(rules: Rules, _: Offers) -> list[ui.Label[Any]]:
    def pick(name: str, now: Sequence[int]) -> ui.ChannelSelect[Any]:
        return ui.ChannelSelect(
            custom_id=name,
            channel_types=_PICTURE_CHANNELS,
            min_values=0,
            max_values=CHANNELS_MAX,
            required=False,
            default_values=[discord.Object(one) for one in now],
        )

    return [
        ui.Label(
            text="Only here",
            description="None: everywhere.",
            component=pick("allowed_channels", rules.allowed_channels),
        ),
        ui.Label(text="Not here", component=pick("denied_channels", rules.denied_channels)),
    ]


def _models(rules: Rules, _: Offers) -> list[ui.Label[Any]]:
    choices = [(one.value, one.value, one in rules.models) for one in Model]
    return [ui.Label(text="Models that may be used", component=_choice("models", choices, most=len(choices)))]


def _providers(rules: Rules, offers: Offers) -> list[ui.Label[Any]]:
    hint = f"Known here: {', '.join(offers)}. Empty: the usual order."
    line = _line("providers", ", ".join(rules.providers), 200, required=False)
    return [ui.Label(text="In this order, separated by commas", description=hint[:100], component=line)]


def _words(rules: Rules, _: Offers) -> list[ui.Label[Any]]:
    hint = "One a line. word* matches beginnings, /…/ is a regular expression."
    whole = "\n".join(rules.words)
    if len(whole) <= _LONGEST:
        return [ui.Label(text="Blocked words", description=hint, component=_area("words", whole))]
    return [
        ui.Label(text="Add", description=hint, component=_area("add", "")),
        ui.Label(text="Take away", component=_area("remove", "")),
    ]


def _strikes(rules: Rules, _: Offers) -> list[ui.Label[Any]]:
    return [
        ui.Label(
            text="Refusals for content before a pause",
            description="0: never pause anybody.",
            component=_line("strikes", str(rules.strikes), 3),
        ),
        ui.Label(text="Within so many hours", component=_line("strike_hours", str(rules.strike_hours), 3)),
        ui.Label(text="Pause for so many hours", component=_line("pause_hours", str(rules.pause_hours), 3)),
    ]


def _log_channel(rules: Rules, _: Offers) -> list[ui.Label[Any]]:
    pick = ui.ChannelSelect[Any](
        custom_id="log_channel",
        channel_types=_LOG_CHANNELS,
        min_values=0,
        max_values=1,
        required=False,
        default_values=[discord.Object(rules.log_channel)] if rules.log_channel else [],
    )
    prompts = [("no", "no", not rules.log_prompts), ("yes", "yes", rules.log_prompts)]
    return [
        ui.Label(text="Channel", description="None: nothing is told.", component=pick),
        ui.Label(text="Quote what members wrote", component=_choice("log_prompts", prompts)),
    ]


_FORMS: Mapping[Rule, Callable[[Rules, Offers], list[ui.Label[Any]]]] = {
    Rule.SAFETY: _safety,
    Rule.SPOILERS: _spoilers,
    Rule.QUOTA: _quota,
    Rule.ROLE_QUOTA: _role_quota,
    Rule.SERVER_QUOTA: _pool,
    Rule.CHANNELS: _channels,
    Rule.MODELS: _models,
    Rule.PROVIDERS: _providers,
    Rule.WORDS: _words,
    Rule.STRIKES: _strikes,
    Rule.LOG_CHANNEL: _log_channel,
}


def _read_role_quota(filled: Filled, _: Offers) -> Edit:
    text = filled.text("credits")
    return role_edit(ids(filled, "roles"), credits_of(text) if text else None, forget=not text)


def _read_words(filled: Filled, _: Offers) -> Edit:
    if "words" in filled.values:
        return plainly(words=words_of(filled.text("words")))
    return words_edit(filled.text("add"), filled.text("remove"))


def _read_channels(filled: Filled, _: Offers) -> Edit:
    allowed, denied = ids(filled, "allowed_channels"), ids(filled, "denied_channels")
    if set(allowed) & set(denied):
        raise BadInput("A channel cannot be both allowed and denied.")
    return plainly(allowed_channels=allowed, denied_channels=denied)


def _read_log_channel(filled: Filled, _: Offers) -> Edit:
    channel = next(iter(ids(filled, "log_channel")), None)
    return plainly(log_channel=channel, log_prompts=filled.text("log_prompts") == "yes")


def _read_strikes(filled: Filled, _: Offers) -> Edit:
    return plainly(
        strikes=_number(filled.text("strikes"), 0, 100),
        strike_hours=_number(filled.text("strike_hours"), 1, _HOURS_MAX),
        pause_hours=_number(filled.text("pause_hours"), 1, _HOURS_MAX),
    )


def _read_models(filled: Filled, _: Offers) -> Edit:
    chosen = filled.values.get("models", ())
    return plainly(models=tuple(one for one in Model if one in chosen))


_READ: Mapping[Rule, Callable[[Filled, Offers], Edit]] = {
    Rule.SAFETY: lambda filled, _: plainly(
        tolerance=int(filled.text("tolerance")), tolerance_age_restricted=int(filled.text("tolerance_age_restricted"))
    ),
    Rule.SPOILERS: lambda filled, _: plainly(spoilers=Spoilers(filled.text("spoilers"))),
    Rule.QUOTA: lambda filled, _: plainly(daily_credits=credits_of(filled.text("daily_credits"))),
    Rule.ROLE_QUOTA: _read_role_quota,
    Rule.SERVER_QUOTA: lambda filled, _: plainly(pool_credits=credits_of(filled.text("pool_credits"))),
    Rule.CHANNELS: _read_channels,
    Rule.MODELS: _read_models,
    Rule.PROVIDERS: lambda filled, offers: plainly(providers=providers_of(filled.text("providers"), offers)),
    Rule.WORDS: _read_words,
    Rule.STRIKES: _read_strikes,
    Rule.LOG_CHANNEL: _read_log_channel,
}


def ids(filled: Filled, name: str) -> tuple[int, ...]:
    """The roles or channels that were chosen in a field."""
    return tuple(int(value) for value in filled.values.get(name, ()))


def _number(text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise BadInput(f"“{discord.utils.escape_markdown(text[:20])}” is not a number from {least} to {most}.")
    return int(text)


def _line(name: str, now: str, longest: int, *, required: bool = True) -> ui.TextInput[Any]:
    return ui.TextInput(custom_id=name, default=now, max_length=longest, required=required)


def _area(name: str, now: str) -> ui.TextInput[Any]:
    return ui.TextInput(
        custom_id=name, default=now, style=discord.TextStyle.paragraph, max_length=_LONGEST, required=False
    )


def _choice(name: str, choices: Sequence[tuple[str, str, bool]], most: int = 1) -> ui.Select[Any]:
    """A select of (label, value, chosen)."""
    return ui.Select(
        custom_id=name,
        max_values=most,
        options=[discord.SelectOption(label=label, value=value, default=now) for label, value, now in choices],
    )
