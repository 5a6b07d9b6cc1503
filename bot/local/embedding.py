"""The bot on the embedded Discord of this machine: for trying out, where no token is set."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot import app
from bot.config import PLAYGROUND_PORT, Settings
from bot.errors import ConfigurationError
from bot.guild_settings.store import GuildSettings
from bot.local.inspection import Inspection
from bot.serving import serve

_DATA, _PREFIX, _LEFT_OVER_S = Path("data"), "playground-", 24 * 60 * 60
CREDITS = {"daily_credits": 200, "member_daily_credits": 2_000, "server_daily_credits": 20_000}
"""Enough to play, with room for a moderator's grants; only where pictures cost nothing."""


@asynccontextmanager
async def playground(settings: Settings, *, welcome: bool = False) -> AsyncGenerator[tuple[Settings, str, Inspection]]:
    """The embedded Discord, loaded by name: the bot never imports it. Gives settings that point at it, and its page.

    With ``welcome`` its moderator has set the log channel, so that members can report, and another of its sample
    people asks for a first picture, unless that would cost money.
    """
    server: Any = importlib.import_module("playground.server")
    behind: Any = importlib.import_module("playground.behind").Behind()
    inspection = Inspection(settings, behind.tell)
    behind.switches.update(inspection.switches)
    how: dict[str, Any] = {"page": True, "behind": behind, "clock": lambda: inspection.clock.now() / 1000}
    async with AsyncExitStack() as stack:
        changed: dict[str, Any] = {}
        if "database_url" not in settings.model_fields_set:
            changed["database_url"] = stack.enter_context(_database_of_its_own())
        local: Any = None
        with contextlib.suppress(OSError):
            local = await stack.enter_async_context(server.LoopbackDiscord(port=PLAYGROUND_PORT, **how))
        if local is None:  # the usual port is taken
            local = await stack.enter_async_context(server.LoopbackDiscord(port=0, **how))
        free = not settings.real_providers
        if welcome:
            inspection.first_rule = local.guild.id, local.moderator.id, local.staff_channel.id
        if welcome and free:
            stack.callback(asyncio.create_task(local.welcome()).cancel)
        changed |= {"discord_token": SecretStr(local.token), "discord_api_url": local.api_url}
        if free:
            changed |= {name: value for name, value in CREDITS.items() if name not in settings.model_fields_set}
        yield settings.model_copy(update=changed), str(local.url), inspection


@contextmanager
def _database_of_its_own() -> Generator[str]:
    """The address of a database that is gone at the end with all beside it: what is tried out gets into no real one."""
    try:
        _DATA.mkdir(exist_ok=True)
        _remove_leftovers(time.time() - _LEFT_OVER_S)
        folder = tempfile.TemporaryDirectory(dir=_DATA, prefix=_PREFIX, ignore_cleanup_errors=True)
    except OSError as error:
        raise ConfigurationError((f"The playground needs a folder {_DATA} to write in ({error.strerror})",)) from error
    with folder as name:
        yield f"sqlite+aiosqlite:///{Path(name, 'atelier.db').as_posix()}"


def _remove_leftovers(before: float) -> None:
    """Remove what playgrounds that were killed have left, if nothing was written there since."""
    for folder in _DATA.glob(f"{_PREFIX}*/"):
        with contextlib.suppress(OSError):
            if max(one.stat().st_mtime for one in (folder, *folder.iterdir())) < before:
                shutil.rmtree(folder)


async def run(settings: Settings, stop: asyncio.Event, inspection: Inspection) -> None:
    """Serve on the embedded Discord until ``stop`` is set, beginning anew as often as a visitor asks for it."""
    while not stop.is_set():
        inspection.ending = asyncio.Event()
        following = asyncio.create_task(_follow(stop, inspection.ending))
        try:
            opening = app.assemble(settings, clock=inspection.clock, build=inspection.build)
            async with opening as parts, inspection.watching(parts):
                await _begin(parts.client.guild_settings, inspection.first_rule)
                await serve(parts, inspection.ending)
        finally:
            following.cancel()


async def _begin(guild_settings: GuildSettings, first_rule: tuple[int, int, int] | None) -> None:
    """Set the log channel for a moderator, where nobody has set or taken back anything yet."""
    if first_rule is None:
        return
    guild_id, moderator_id, channel_id = first_rule
    if (await guild_settings.effective(guild_id)).version == 0:
        await guild_settings.change(guild_id, moderator_id, lambda _: {"log_channel": channel_id})


async def _follow(stop: asyncio.Event, ending: asyncio.Event) -> None:
    await stop.wait()
    ending.set()
