"""A server's rules: setting them by command and by form, what is recorded, and an example of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.guild_settings.rules import Rule
from playground import LoopbackDiscord
from playground.messages import Message
from playground.people import Asking
from playground.world import Role, User
from tests.support.bot import RunningBot

Json = dict[str, Any]


async def setting(home: RunningBot, name: str, who: User | None = None, **options: Any) -> str:
    """What the moderator reads after a subcommand."""
    asking = await home.discord.person(who or home.discord.moderator).use(f"settings {name}", options)
    message = await asking.reply()
    await home.discord.until(lambda: not message.loading)
    assert asking.ephemeral
    return message.text


async def panel(home: RunningBot, who: User | None = None) -> Message:
    return await (await home.discord.person(who or home.discord.moderator).command("settings show")).reply()


async def opened(home: RunningBot, rule: Rule, shown: Message | None = None, who: User | None = None) -> Asking:
    """A rule's form, opened from the panel."""
    who = who or home.discord.moderator
    form = await home.discord.person(who).choose(shown or await panel(home, who), "atelier:rule", rule.value)
    await form.acknowledged()
    return form


async def sent(home: RunningBot, form: Asking, who: User | None = None, /, **fields: Any) -> Asking:
    """A form that was filled in and answered."""
    asking = await home.discord.person(who or home.discord.moderator).submit(form, **fields)
    await asking.acknowledged()
    return asking


async def refused(home: RunningBot, prompt: str = "a kite", who: User | None = None, **options: Any) -> str:
    """What a member reads when nothing was accepted."""
    before = await home.count("jobs")
    asking = await home.discord.person(who or home.discord.alice).command("imagine", prompt=prompt, **options)
    message = await asking.reply()
    assert asking.ephemeral, message.text
    assert await home.count("jobs") == before
    return message.text


def recorded(home: RunningBot) -> list[tuple[int, str, Any, Any]]:
    """Who changed which field from what to what, oldest first."""
    rows = home.rows.ask("SELECT actor_id, subject, before, after FROM audit WHERE action = 'rule' ORDER BY id")
    return [(actor, field, json.loads(before), json.loads(after)) for actor, field, before, after in rows]


def moderators(server: LoopbackDiscord) -> Role:
    return next(role for role in server.guild.roles.values() if role.name == "Moderators")


def second_moderator(server: LoopbackDiscord) -> User:
    """Bob, who may manage the server as well."""
    server.give_role(server.bob, moderators(server))
    return server.bob


@dataclass(frozen=True)
class Given:
    """A rule as a moderator sets it: typed, filled in, as it is then seen, and the fields that it changes."""

    rule: Rule
    typed: tuple[str, Callable[[LoopbackDiscord], Json]]
    filled: Callable[[LoopbackDiscord], Json]
    seen: Callable[[LoopbackDiscord], str]
    changes: Callable[[LoopbackDiscord], dict[str, tuple[Any, Any]]]


GIVEN = [
    Given(
        Rule.SAFETY,
        ("safety", lambda _: {"tolerance": 4, "age_restricted": 6}),
        lambda _: {"tolerance": "4", "tolerance_age_restricted": "6"},
        lambda _: (
            "**4** of 6 in normal channels (0 is strictest)\n-# `sandbox` is sent 4\n"
            "**6** of 6 in age-restricted channels (0 is strictest)\n-# `sandbox` is sent 6"
        ),
        lambda _: {"tolerance": (2, 4), "tolerance_age_restricted": (2, 6)},
    ),
    Given(
        Rule.SPOILERS,
        ("safety", lambda _: {"spoilers": "always"}),
        lambda _: {"spoilers": "always"},
        lambda _: "Every picture is covered until somebody clicks it.",
        lambda _: {"spoilers": ("never", "always")},
    ),
    Given(
        Rule.QUOTA,
        ("quota", lambda _: {"credits": 7}),
        lambda _: {"daily_credits": "7"},
        lambda _: "**7** in any 24 hours. A `pro` picture costs 1",
        lambda _: {"daily_credits": (1000, 7)},
    ),
    Given(
        Rule.ROLE_QUOTA,
        ("role-quota", lambda server: {"role": moderators(server), "credits": 5}),
        lambda server: {"roles": [moderators(server)], "credits": "5"},
        lambda server: f"<@&{moderators(server).id}> 5. Of several roles, the highest counts.",
        lambda server: {"role_credits": ({}, {str(moderators(server).id): 5})},
    ),
    Given(
        Rule.SERVER_QUOTA,
        ("server-quota", lambda _: {"credits": 50}),
        lambda _: {"pool_credits": "50"},
        lambda _: "**50** in any 24 hours for all members together.",
        lambda _: {"pool_credits": (None, 50)},
    ),
    Given(
        Rule.CHANNELS,
        ("channels", lambda server: {"allow": server.channel, "deny": server.other_channel}),
        lambda server: {"allowed_channels": [server.channel], "denied_channels": [server.other_channel]},
        lambda server: f"Pictures may be made in <#{server.channel.id}>. Not in <#{server.other_channel.id}>.",
        lambda server: {
            "allowed_channels": ([], [server.channel.id]),
            "denied_channels": ([], [server.other_channel.id]),
        },
    ),
    Given(
        Rule.MODELS,
        ("models", lambda _: {"max": False}),
        lambda _: {"models": ["pro"]},
        lambda _: "`pro` may be used.",
        lambda _: {"models": (["pro", "max"], ["pro"])},
    ),
    Given(
        Rule.PROVIDERS,
        ("providers", lambda _: {"order": " Sandbox, "}),
        lambda _: {"providers": "`sandbox`"},
        lambda _: "Only `sandbox`.",
        lambda _: {"providers": ([], ["sandbox"])},
    ),
    Given(
        Rule.WORDS,
        ("words", lambda _: {"add": "Blood, gore*, /kni(fe|ves)/"}),
        lambda _: {"words": "Blood\ngore*\n/kni(fe|ves)/"},
        lambda _: "3 entries. Whoever uses one is refused, without being told which.",
        lambda _: {"words": ([], ["Blood", "gore*", "/kni(fe|ves)/"])},
    ),
    Given(
        Rule.STRIKES,
        ("safety", lambda _: {"strikes": 3, "strike_hours": 12, "pause_hours": 48}),
        lambda _: {"strikes": "3", "strike_hours": "12", "pause_hours": "48"},
        lambda _: "**3** refusals for content within 12 h pause a member for 48 h.",
        lambda _: {"strikes": (0, 3), "strike_hours": (24, 12), "pause_hours": (24, 48)},
    ),
    Given(
        Rule.NEW_MEMBERS,
        ("safety", lambda _: {"new_member_hours": 48}),
        lambda _: {"new_member_hours": "48"},
        lambda _: "Members may make pictures **48** h after they have joined.",
        lambda _: {"new_member_hours": (0, 48)},
    ),
    Given(
        Rule.LOG_CHANNEL,
        ("log-channel", lambda server: {"channel": server.other_channel, "prompts": True}),
        lambda server: {"log_channel": [server.other_channel], "log_prompts": "yes"},
        lambda server: f"<#{server.other_channel.id}>, quoting what members wrote.",
        lambda server: {"log_channel": (None, server.other_channel.id), "log_prompts": (False, True)},
    ),
    Given(
        Rule.LANGUAGE,
        ("language", lambda _: {"language": "de"}),
        lambda _: {"language": "de"},
        lambda _: "Public messages are in **German**.",
        lambda _: {"language": ("automatic", "de")},
    ),
]
each_rule = pytest.mark.parametrize("given", GIVEN, ids=[one.rule.value for one in GIVEN])
