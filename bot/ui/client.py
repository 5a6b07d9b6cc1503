"""The Discord client: intents, extensions, registration of the commands, and dispatch of what was clicked or sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import aiohttp
import discord
import structlog
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.admission.rate_limits import Action
from bot.errors import BadToken, DiscordUnreachable, Refusal
from bot.observability.log import about
from bot.ui import controls, forms, languages, reply
from bot.ui.controls import FixIt
from bot.ui.gateway_events import mentions, only
from bot.ui.interactions import Interaction, reply_of
from bot.ui.services import Services
from bot.ui.shards import LeasedShardsBot
from bot.ui.submissions import Submissions
from bot.ui.translator import CommandTranslator
from bot.ui.words import N_, prepare
from bot.ui.words.refusals import Declined

_log = structlog.get_logger(__name__)

EXTENSIONS = (
    "cogs.imagine",
    "cogs.edit",
    "cogs.remix",
    "cogs.results",
    "cogs.more",
    "cogs.threads",
    "cogs.lineage",
    "cogs.history",
    "cogs.privacy",
    "cogs.quota",
    "cogs.settings",
    "cogs.moderate",
    "cogs.reports",
    "cogs.help",
)

_COSTS = {"reroll", "vary", "varied", "max"}
_DOUBLE_CLICK = timedelta(seconds=1.5)

_CONNECTIONS = 128
"""Most that are open to one host; at the gateway's each shard holds one, and no process has so many."""
_ANSWERS = ("CommandTree-invoker", "discord-ui-", "discord.py: ")
"""How the library names the tasks in which commands, controls and events are answered."""
_LAST_ANSWERS_SECONDS = 1.0

Press = Callable[[Interaction, Any], Awaitable[None]]
"""What a control does; the second argument is the control itself."""


# The bot has no voice; without this the library warns at every start that it cannot speak.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class Tree(app_commands.CommandTree[Any]):
    """The command tree; errors of commands are answered by ``reply.error``."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Every command and menu passes here; autocompletion is free."""
        languages.greet(interaction)
        if interaction.type is discord.InteractionType.application_command:
            try:
                cast(AtelierClient, interaction.client).count(interaction)
            except Refusal as refusal:
                await reply.error(interaction, refusal)
                return False
        return True

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Unwrap the error and answer it."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, app_commands.TransformerError):
            cause = Declined(N_("I cannot find that here any more. Please choose another."))
        await reply.error(interaction, cause)


class AtelierClient(LeasedShardsBot):
    """The bot as Discord sees it; it keeps no messages and no members: an interaction brings all that is needed."""

    def __init__(
        self,
        http_trace: aiohttp.TraceConfig,
        *,
        dev_guild_id: int | None = None,
        user_install: bool = True,
        gateway: bool = True,
    ) -> None:
        """Without ``gateway`` it hears nothing, and only posts."""
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents,
            tree_cls=Tree,
            max_messages=None,
            http_trace=http_trace,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=reply.NOBODY,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=user_install),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=user_install),
        )
        only(self._connection.parsers, "MESSAGE_CREATE", lambda data: mentions(data, self._connection.self_id))
        del self._connection.parsers["MESSAGE_UPDATE"]
        self.logged_in = asyncio.Event()
        self._opened = False
        self._dev_guild_id = dev_guild_id
        self._gateway = gateway
        self._presses: dict[str, Press] = {}
        self.forms = Submissions()
        self.on_press(FixIt.action, self.forms.reopen)
        self._pressed: dict[tuple[object, ...], datetime] = {}

    async def live(self, token: str, recovered: asyncio.Event) -> None:
        """Log in, and once ``recovered`` is set take commands until ``close``; it may be called again when it broke."""
        if self.is_closed():
            await self.reopen()
        try:
            # A crowd's answers then share connections, where the library would open one for each.
            self.http.connector = aiohttp.TCPConnector(limit=0, limit_per_host=_CONNECTIONS)
            self._opened = True
            await self.login(token)
            self.logged_in.set()
            await recovered.wait()
            if not self._gateway:
                await asyncio.Event().wait()  # until the program ends
            await self.connect()
        except Exception:
            self.logged_in.clear()
            await self.close()
            raise

    async def close(self) -> None:
        """Hear nothing more, give the answers under way, then close: the library would unload the commands first."""
        if not self._opened:  # the library's own close wants what only a login makes
            return
        for shard in self.shards.values():
            await shard.disconnect()
        answers = {task for task in asyncio.all_tasks() if task.get_name().startswith(_ANSWERS)}
        if answers := answers - {asyncio.current_task()}:
            _, late = await asyncio.wait(answers, timeout=_LAST_ANSWERS_SECONDS)
            for task in late:
                task.cancel()
        await super().close()

    def install(self, services: Services) -> None:
        """Set what the cogs call, before the login; not by the constructor, since some services need this client."""
        self.generation = services.generation
        self.admission = services.admission
        self.credits = services.credits
        self.library = services.library
        self.remix_threads = services.remix_threads
        self.privacy = services.privacy
        self.composites = services.composites
        self.posts = services.posts
        self.guild_settings = services.guild_settings
        self.moderation = services.moderation
        self.reports = services.reports
        self.sources = services.sources
        self.offers = services.offers
        self.arrivals = services.arrivals
        self.rate_limits = services.rate_limits
        self.invalid_requests = services.invalid_requests

    async def setup_hook(self) -> None:
        """Load the cogs by name, then tell Discord which commands there are; of several processes shard 0's does."""
        self.add_dynamic_items(*controls.ALL)
        await self.tree.set_translator(CommandTranslator())
        prepare()
        for name in EXTENSIONS:
            await self.load_extension(name)
        if self.leases is None and self._gateway:
            await self.sync_commands()

    async def sync_commands(self) -> None:
        """Tell Discord which commands there are."""
        guild = None if self._dev_guild_id is None else discord.Object(self._dev_guild_id)
        if guild is not None:
            self.tree.copy_global_to(guild=guild)
        try:
            await self.tree.sync(guild=guild)
        except discord.HTTPException as error:
            # Discord keeps the commands of the last start; pictures can be made with those.
            _log.warning("commands not registered", status=error.status, code=error.code)

    def on_press(self, action: str, handler: Press) -> None:
        """Tell what a control's action does."""
        self._presses[action] = handler

    def count(self, interaction: Interaction) -> None:
        """Count something that a member does; raises ``TooFast``."""
        about(interaction=interaction.id)
        self.rate_limits.take(Action.INTERACTION, interaction.user.id, interaction.guild_id)

    async def pressed(self, control: controls.Control, interaction: Interaction) -> None:
        """Call the handler of a clicked control; any error is answered by ``reply.error``."""
        languages.greet(interaction)
        try:
            self.count(interaction)
            if control.action in _COSTS and self._again_at_once(interaction):
                await interaction.response.defer()  # a double click means one picture, and nobody needs to read that
                return
            await self._presses[control.action](interaction, control)
        except Exception as problem:  # noqa: BLE001 - every kind is logged and answered
            await reply.error(interaction, problem)

    def _again_at_once(self, interaction: Interaction) -> bool:
        """Whether somebody pressed the same a moment ago, by Discord's own time."""
        data = cast(dict[str, Any], interaction.data)
        key = (interaction.user.id, interaction.message and interaction.message.id, *map(str, data.values()))
        now = interaction.created_at
        self._pressed = {one: at for one, at in self._pressed.items() if now - at < _DOUBLE_CLICK}
        again = key in self._pressed
        self._pressed[key] = now
        return again

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Of interactions only forms are told to listeners, cogs' included: the library starts a task for each. How old
        one is is learned here, before its command runs.
        """
        if event_name == "interaction":
            interaction: Interaction = args[0]
            self.arrivals.age_ms(reply_of(interaction).issued_at)
            if interaction.type is not discord.InteractionType.modal_submit:
                return
        super().dispatch(event_name, *args, **kwargs)

    async def on_interaction(self, interaction: Interaction, /) -> None:
        """Forms are taken here, not by the modal that opened them: that one is forgotten by a restart."""
        if not forms.is_ours(interaction):
            return
        languages.greet(interaction)
        try:
            self.count(interaction)
            await self.forms.send(interaction)
        except Exception as problem:  # noqa: BLE001 - as above
            await reply.error(interaction, problem)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent, /) -> None:
        """What a moderator deletes is gone: from `/history`, from the trees, as a start for remixes."""
        await self._deleted(payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent, /) -> None:
        """The same for many."""
        for message_id in payload.message_ids:
            await self._deleted(message_id)

    async def _deleted(self, message_id: int) -> None:
        await self.posts.forgotten(message_id)
        if await self.generation.forgotten(message_id):
            self.privacy.wake.set()  # trees that show it go too

    async def on_shard_ready(self, shard_id: int, /) -> None:
        """What happened while the bot was away: servers that it was taken out of, or that have it again."""
        if shard_id not in self.shards:
            return  # given to another process since: of its servers, nothing is known here any more
        if self.leases is not None:
            self.leases.ready(shard_id)
        present = {guild.id for guild in self.guilds if guild.shard_id == shard_id}
        count = self.shard_count or 1
        await self.privacy.seen_in(present, lambda guild_id: (guild_id >> 22) % count == shard_id)

    async def on_guild_join(self, guild: discord.Guild, /) -> None:
        """A server that has the bot again is not forgotten."""
        await self.privacy.returned(guild.id)

    async def on_guild_remove(self, guild: discord.Guild, /) -> None:
        """A server that has removed the bot is forgotten after a while."""
        await self.privacy.left(guild.id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent, /) -> None:
        """A thread that is gone needs no header any more."""
        await self.remix_threads.close(payload.thread_id)
        await self.guild_settings.forget(payload.guild_id, payload.thread_id)

    async def on_guild_role_delete(self, role: discord.Role, /) -> None:
        """A role that is gone has no credits any more."""
        await self.guild_settings.forget(role.guild.id, role.id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel, /) -> None:
        """A channel that is gone is on no list any more."""
        await self.guild_settings.forget(channel.guild.id, channel.id)

    async def on_message(self, message: discord.Message, /) -> None:
        """No commands by text: without this, every mention would be parsed for one."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What Discord says of a token: the bot's name, the link that invites it, in how many servers it is.

    ``public``: whether anybody may add it to a server.
    """

    name: str
    invite: str
    guilds: int
    public: bool


PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    attach_files=True,
    read_message_history=True,
)
"""What the bot asks for when it is invited; the README says why."""


async def examine(token: str) -> Examination:
    """Ask Discord who this token is. Raises ``BadToken``, or ``DiscordUnreachable``."""
    client = discord.Client(intents=discord.Intents(guilds=True))  # without, the library warns, though nothing is heard
    try:
        await client.login(token)
        info = await client.application_info()
        invite = discord.utils.oauth_url(info.id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))
        return Examination(info.name, invite, info.approximate_guild_count or 0, info.bot_public)
    except discord.LoginFailure:
        raise BadToken(
            "DISCORD_TOKEN: Discord does not know this token. Make a new one in the Developer Portal."
        ) from None
    except (discord.HTTPException, OSError) as error:
        raise DiscordUnreachable(f"Discord cannot be reached ({type(error).__name__}).") from None
    finally:
        await client.close()


async def point_at(api_url: str) -> None:
    """Let discord.py speak to another Discord than the real one, such as the loopback one.

    The library has no setting for this: its REST base and its fallback gateway are class attributes. Raises
    ``DiscordUnreachable``.
    """
    Route.BASE = api_url
    try:
        async with aiohttp.ClientSession(raise_for_status=True) as session, session.get(f"{api_url}/gateway") as answer:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await answer.json())["url"])
    except (aiohttp.ClientError, OSError, ValueError, LookupError, TypeError) as error:
        raise DiscordUnreachable(f"DISCORD_API_URL: no Discord answers there ({type(error).__name__}).") from None
