"""Answers errors of requests that were made by a message: privately, since others read the channel."""

from __future__ import annotations

import contextlib
from typing import Protocol

import discord
import structlog

from bot.admission.rate_limits import Action, RateLimits
from bot.errors import HeardTwice, Refusal
from bot.guild_settings.store import GuildSettings
from bot.observability.invalid_requests import InvalidRequests
from bot.ui import languages
from bot.ui.reply import LOST, NOBODY, broken, explained
from bot.ui.views.card import note
from bot.ui.words import _, use_language

_log = structlog.get_logger(__name__)


class _Client(Protocol):
    rate_limits: RateLimits
    invalid_requests: InvalidRequests
    guild_settings: GuildSettings

    @property
    def application(self) -> discord.AppInfo | None: ...


async def answer(message: discord.Message, problem: Exception, client: _Client) -> None:
    """Answer an error to those who asked by a message, by direct message.

    Only now and then, however often they ask: each answer opens a conversation, and many refuse it.
    """
    guild_id = message.guild.id if message.guild else None
    if isinstance(problem, Refusal):
        _log.info("refused", kind=type(problem).__name__, member=message.author.id)
        text = explained(problem, client.application)
    elif isinstance(problem, HeardTwice):
        _log.info("answered by another process", message=message.id)
        return
    else:
        _log.error("message broke", message=message.id, exc_info=problem)
        text = broken(message.id)
    if client.invalid_requests.optional_allowed and client.rate_limits.allows(Action.HINT, message.author.id, guild_id):
        await _privately(message, f"{text}\n{_about(message)}", client)


async def _privately(message: discord.Message, text: str, client: _Client) -> None:
    try:
        await message.author.send(view=note(text), allowed_mentions=NOBODY)
    except LOST as error:
        limits, guild = client.rate_limits, message.guild
        if isinstance(error, discord.Forbidden):
            limits.close(Action.HINT, message.author.id)  # it would be refused again
        if limits.allows(Action.PUBLIC_HINT, message.author.id, guild.id if guild else None):
            await _hint(message, client.guild_settings)


async def _hint(message: discord.Message, settings: GuildSettings) -> None:
    """Say to everybody, in the language of the place, that there is something to be told."""
    with use_language(await languages.under(message, settings)):
        hint = note(_("I could not do that, and cannot write to you privately. `/remix` will tell you why."))
    with contextlib.suppress(*LOST):
        await message.reply(view=hint, mention_author=False, allowed_mentions=NOBODY)


def _about(message: discord.Message) -> str:
    """What a direct message answers: by itself nobody would know."""
    return "-# " + _("About your message: {link}", link=message.jump_url)
