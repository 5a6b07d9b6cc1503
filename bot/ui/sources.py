"""Looks up the pictures that people point at in Discord: in a message, behind a link or a code, or simply here.

What is in a message once it was found stands in ``message_pictures``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import discord

from bot.errors import Missing, NotFound
from bot.gallery.library import FoundPicture, PictureLibrary
from bot.generation.service import reference_to
from bot.models import Job, Reference, job_code_in
from bot.ui.interactions import Interaction, age_restricted, place_of
from bot.ui.kept import Kept
from bot.ui.markup import message_link
from bot.ui.message_pictures import OWNER_UNKNOWN, address_in, in_message
from bot.ui.reply import LOST
from bot.ui.words import N_
from bot.ui.words.refusals import Declined

MAX_REFERENCES = 4
_LINK = re.compile(
    r"<?https?://(?:\w+\.)?discord(?:app)?\.com/channels/(?P<guild>@me|\d{15,20})/(?P<channel>\d{15,20})/"
    r"(?P<message>\d{15,20})/?>?"
)
_COMPOSITE = N_(
    "That is a drawing of several pictures. Choose the one to go on from in the menu under it, or reply to that "
    "picture's own message."
)
_KEPT = 500
_KEPT_SECONDS = 3600.0
_FORWARDS = 3
"""So many forwards of forwards are followed to who posted a picture first."""
_SECONDS = 2.0
"""How long looking around in Discord may take: an interaction must be answered within three."""
_ASIDE_SECONDS = 0.7
"""How long it may take for what is only offered beside something that was looked for already."""

User = discord.User | discord.Member


@dataclass(frozen=True, slots=True)
class Source:
    """What a request may start from: pictures, and the bot's own job that made them, if one did."""

    references: tuple[Reference, ...]
    job: Job | None = None


class Sources:
    """Looks pictures up, and only in channels that the one who asks can read."""

    def __init__(self, client: discord.Client, library: PictureLibrary) -> None:
        self._client = client
        self._library = library
        self._kept: Kept[tuple[int, str], Source] = Kept(_KEPT, _KEPT_SECONDS)

    def keep(self, target: str, user: User, source: Source) -> None:
        """Remember what a form or a card was opened for: where only a member has the bot, it cannot look again."""
        self._kept.keep((user.id, target), source)

    async def recall(self, target: str, interaction: Interaction) -> Source:
        """What a form or card was opened for: a job (``code``), one of its pictures (``code:number``), or any message
        (``@channel:message``).

        Looked up again after a restart, under the same rule: only what the one who asks can see.
        """
        if kept := self._kept.get((interaction.user.id, target)):
            return kept
        if target.startswith("@"):
            channel, _, message = target[1:].partition(":")
            link = message_link(interaction.guild_id, int(channel), int(message))
            found = await self.named(link, interaction)
        else:
            found = await self.named(target.replace(":", "-"), interaction)
        if isinstance(found, Source):
            return found
        pictures = (found.picture,) if ":" in target else found.job.pictures
        return Source(tuple(reference_to(found.job, one) for one in pictures), found.job)

    async def behind(self, code: str, interaction: Interaction) -> Source:
        """A job's pictures: as the message that a control stands on shows them, else as a card was opened for them."""
        message = interaction.message
        job = await self._library.at_message(message.id) if message is not None else None
        if message is None or job is None or job.code != code or not job.pictures:
            return await self.recall(code, interaction)
        return _of_job(job, message)

    async def of(self, message: discord.Message) -> Source:
        """The pictures of a message that somebody pointed at."""
        if self._is_ours(message):
            return await self._ours(message)
        if message.message_snapshots:
            return Source(await self._forwarded(message))
        return Source(in_message(message))

    def _is_ours(self, message: discord.Message) -> bool:
        return self._client.user is not None and message.author.id == self._client.user.id

    async def _ours(self, message: discord.Message) -> Source:
        """The pictures of a message of the bot's; a tree or a comparison has none that could be started from."""
        job = await self._library.at_message(message.id)
        if job is not None and job.pictures:
            return _of_job(job, message)
        remix_thread = await self._library.remix_thread(message.channel.id)
        if remix_thread is not None and remix_thread.header_id == message.id:
            seen = await self._library.by_code(remix_thread.code)
            return Source((reference_to(seen.job, seen.picture),), seen.job)
        known = tuple(one for one in in_message(message) if job_code_in(one.url) is not None)
        if not known:
            raise Declined(_COMPOSITE)
        return Source(known)

    async def _forwarded(self, message: discord.Message) -> tuple[Reference, ...]:
        """The pictures of a forward; they stay those of who posted them first, and as restricted as they were there.

        Discord does not say in the forward who that was, so the first message is asked for.
        """
        shown = in_message(message)
        try:
            async with asyncio.timeout(_SECONDS):
                first = await self._first(message)
        except (*LOST, TimeoutError):
            raise Declined(OWNER_UNKNOWN) from None
        restricted = age_restricted(first.channel)
        owner = None if first.author.bot else first.author.id
        if self._is_ours(first):
            theirs = (await self._ours(first)).references[0]
            owner, restricted = theirs.owner_id, restricted or theirs.age_restricted
        return tuple(replace(one, owner_id=owner, age_restricted=one.age_restricted or restricted) for one in shown)

    async def _first(self, message: discord.Message) -> discord.Message:
        """The message that a forward goes back to."""
        for _ in range(_FORWARDS):
            pointed = message.reference
            if pointed is None or pointed.message_id is None:
                break
            message = await self._message(pointed.guild_id, pointed.channel_id, pointed.message_id)
            if not message.message_snapshots:
                return message
        raise Declined(OWNER_UNKNOWN)

    async def _message(self, guild_id: int | None, channel_id: int, message_id: int) -> discord.Message:
        """A message, with its channel where that is known: it says whether it is age-restricted."""
        channel = self._client.get_channel(channel_id)
        if not isinstance(channel, discord.abc.Messageable):
            channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        return await channel.fetch_message(message_id)

    async def named(self, text: str, interaction: Interaction) -> FoundPicture | Source:
        """What a link or a code means, if the one who asks can see it."""
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._named(text, interaction)
        except TimeoutError:
            raise Declined(N_("Discord is slow at the moment, so I could not look there. Please try again.")) from None

    async def _named(self, text: str, interaction: Interaction) -> FoundPicture | Source:
        link = _LINK.fullmatch(text.strip())
        if link is None:
            seen = await self._library.by_code(text)
            if not await self.may_see(interaction, seen.job):
                raise NotFound(Missing.NAMED)
            return seen
        guild_id = None if link["guild"] == "@me" else int(link["guild"])
        job = await self._library.at_message(int(link["message"]))
        if job is not None and job.pictures:
            if not await self.may_see(interaction, job):
                raise NotFound(Missing.NAMED)
            return FoundPicture(job, job.pictures[0])
        if not await self._sees(interaction, guild_id, int(link["channel"])):
            raise NotFound(Missing.NAMED)
        try:
            message = await self._message(guild_id, int(link["channel"]), int(link["message"]))
        except LOST:
            raise NotFound(Missing.NAMED) from None
        return await self.of(message)

    async def here(self, channel_id: int, member_id: int) -> FoundPicture:
        """A thread's current picture, else the channel's newest that a member may remix."""
        remix_thread = await self._library.remix_thread(channel_id)
        if remix_thread is not None:
            seen = await self._library.by_code(remix_thread.code)
            if seen.job.message_id is not None:
                return seen
        return await self._library.newest(channel_id, member_id)

    async def may_see(self, interaction: Interaction, job: Job) -> bool:
        """Whether the one who asks can see the message that shows a job."""
        where = job.message_channel_id or job.place.channel_id
        if job.message_id is None:
            return False
        if interaction.channel_id in {where, job.place.channel_id}:
            return True
        if job.place.guild_id is None:
            return job.member_id == interaction.user.id  # their own conversation with the bot
        return await self._sees(interaction, job.place.guild_id, where)

    async def original_of(self, interaction: Interaction, source: Source) -> FoundPicture | None:
        """What a source goes back to, two or more steps ago; None where the one who asks, or the bot, cannot see it."""
        if source.job is None or not place_of(interaction).reachable:
            return None
        found = await self._library.original(source.job)
        if found is None:
            return None
        try:
            async with asyncio.timeout(_ASIDE_SECONDS):
                return found if await self.may_see(interaction, found.job) else None
        except TimeoutError:
            return None

    async def seen_parents(
        self, interaction: Interaction, job: Job, *, within: float = _ASIDE_SECONDS
    ) -> list[Reference]:
        """What a job started from, as far as the one who asks can see it; nothing where Discord is slow to say."""
        try:
            async with asyncio.timeout(within):
                return [one for one in job.request.references if await self._sees_source(interaction, job, one)]
        except TimeoutError:
            return []

    async def _sees_source(self, interaction: Interaction, job: Job, reference: Reference) -> bool:
        """Whether the one who asks can see what a job started from; a file that came with a command is its sender's."""
        if reference.code is not None:
            try:
                seen = await self._library.by_code(reference.code)
            except NotFound:
                return False
            return await self.may_see(interaction, seen.job)
        if reference.channel_id is None:
            return (reference.owner_id or job.member_id) == interaction.user.id
        return await self._sees(interaction, job.place.guild_id, reference.channel_id)

    def open_in(self, interaction: Interaction) -> Callable[[int], bool]:
        """Whether what stands in a channel may be shown to everybody here, by the channel's id."""
        return lambda channel_id: self._open(interaction, interaction.guild_id, channel_id)

    def open_here(self, interaction: Interaction, job: Job) -> bool:
        """Whether a job's pictures may be shown to everybody in the channel where somebody asks.

        So it is with what stands in the channel itself, around it (its threads, its parent), or where the whole
        server can read; never the age-restricted in a channel that is not.
        """
        if job.place.age_restricted and not age_restricted(interaction.channel):
            return False
        return self._open(interaction, job.place.guild_id, job.message_channel_id or job.place.channel_id)

    def _open(self, interaction: Interaction, guild_id: int | None, where: int) -> bool:
        near = {interaction.channel_id, getattr(interaction.channel, "parent_id", None)}
        if where in near:
            return True
        guild = self._client.get_guild(guild_id or 0)
        if guild is None or guild.id != interaction.guild_id:
            return False
        channel = guild.get_channel_or_thread(where)
        if isinstance(channel, discord.Thread):
            if channel.is_private():
                return False
            if channel.parent_id in near:
                return True
            channel = channel.parent
        return channel is not None and channel.permissions_for(guild.default_role).view_channel

    async def _sees(self, interaction: Interaction, guild_id: int | None, channel_id: int) -> bool:
        if channel_id == interaction.channel_id:
            return True
        guild = None if guild_id is None else self._client.get_guild(guild_id)
        if guild is None:
            return False
        try:
            channel = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
            user = interaction.user
            own = isinstance(user, discord.Member) and user.guild.id == guild_id
            member = user if own else await guild.fetch_member(user.id)
        except (*LOST, discord.InvalidData):
            return False
        if isinstance(channel, discord.Thread) and channel.is_private():
            return False
        if not isinstance(member, discord.Member):
            return False
        allowed = channel.permissions_for(member)
        return allowed.view_channel and allowed.read_message_history


def target_of(message: discord.Message, source: Source) -> str:
    """How a form names what it was opened for."""
    return source.job.code if source.job else f"@{message.channel.id}:{message.id}"


def _of_job(job: Job, message: discord.Message) -> Source:
    """The pictures of one of our messages, at the addresses that came with it."""
    references = (reference_to(job, picture) for picture in job.pictures)
    return Source(tuple(replace(one, url=address_in(message, one) or one.url) for one in references), job)
