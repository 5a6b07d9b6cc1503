"""Finds the pictures that people point at in Discord: in a message, behind a link or a code, or simply here."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import discord
import structlog

from bot.errors import NotFound
from bot.gallery.library import FoundPicture, PictureLibrary
from bot.generation.service import reference_to
from bot.media.sources import CONTENT_TYPES, MAX_BYTES, MAX_PIXELS
from bot.models import Job, Reference
from bot.ui.interactions import Interaction, age_restricted
from bot.ui.markup import escaped
from bot.ui.reply import LOST
from bot.ui.words import N_, _
from bot.ui.words.refusals import Declined

_log = structlog.get_logger(__name__)

MAX_REFERENCES = 4
_LINK = re.compile(
    r"<?https?://(?:\w+\.)?discord(?:app)?\.com/channels/(?P<guild>@me|\d{15,20})/(?P<channel>\d{15,20})/"
    r"(?P<message>\d{15,20})/?>?"
)
_NOT_SEEN = N_(
    "I cannot find a picture there that you can see. Is the link or code right, and the picture still there?"
)
_KINDS = N_("PNG, JPEG, WebP, HEIC and still GIF")
_MIB = 1024 * 1024
_FEW, _PAGES = 3, 4
_KEPT_FORMS = 500
_SECONDS = 2.0
"""How long looking around in Discord may take: an interaction must be answered within three."""

User = discord.User | discord.Member


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that somebody offers as a start, as Discord describes it."""

    url: str
    filename: str
    size: int
    content_type: str | None
    width: int | None = None
    height: int | None = None
    attachment_id: int | None = None

    @classmethod
    def from_attachment(cls, file: discord.Attachment) -> Offered:
        """A file in a command's option or under a message."""
        return cls(file.url, file.filename, file.size, file.content_type, file.width, file.height, file.id)


@dataclass(frozen=True, slots=True)
class Source:
    """What a request may start from: pictures, and the job of ours that made them where one did."""

    references: tuple[Reference, ...]
    job: Job | None = None


def accepted(file: Offered, owner_id: int | None = None) -> Reference:
    """A file as a reference, or a refusal from what Discord says of it; whether it is sound, decoding will show.

    ``owner_id`` is whoever brings it.
    """
    name = escaped(file.filename[:60])
    kind = (file.content_type or "").partition(";")[0].strip().lower()
    if kind not in CONTENT_TYPES:
        raise Declined(
            N_("`{name}` is no picture that I can start from. {kinds} can be used."), name=name, kinds=_(_KINDS)
        )
    if file.size > MAX_BYTES:
        size, most = round(file.size / _MIB), MAX_BYTES // _MIB
        raise Declined(N_("`{name}` has {size} MiB; {most} MiB is the most."), name=name, size=size, most=most)
    if (file.width or 0) * (file.height or 0) > MAX_PIXELS:
        raise Declined(
            N_("`{name}` has {width} × {height} pixels; {most} million is the most."),
            name=name,
            width=file.width,
            height=file.height,
            most=MAX_PIXELS // 1_000_000,
        )
    return Reference(file.url, owner_id=owner_id)


def in_message(message: discord.Message) -> tuple[Reference, ...]:
    """The pictures of any message, also of other bots: files, galleries, previews of links, what was forwarded.

    Refuses in words where the message has something else instead.
    """
    places = [message, *message.message_snapshots]
    found = [one for place in places for one in _pictures(place)]
    if not found:
        raise Declined(_why_none(places), kinds=_(_KINDS))
    owner = None if message.author.bot or message.message_snapshots else message.author.id
    restricted = age_restricted(message.channel)
    return tuple(
        replace(
            accepted(one),
            owner_id=owner,
            channel_id=message.channel.id,
            message_id=message.id,
            attachment_id=one.attachment_id,
            age_restricted=restricted,
        )
        for one in found
    )


def _pictures(place: Any) -> Iterator[Offered]:
    for file in place.attachments:
        if (file.content_type or "").startswith("image/"):
            yield Offered.from_attachment(file)
    for media in _media(place.components):
        if (media.content_type or "").startswith("image/"):
            yield Offered(
                media.url if media.attachment_id else media.proxy_url or "",
                _filename(media.url),
                0,
                media.content_type,
                media.width,
                media.height,
                media.attachment_id,
            )
    for embed in place.embeds:
        shown = embed.image if embed.image.proxy_url else embed.thumbnail
        # Discord's own copy of the picture: an address that a member chose is never asked.
        if embed.type in {"rich", "image", "article", "link"} and shown.proxy_url:
            yield Offered(shown.proxy_url, "preview", 0, _kind_of(shown.proxy_url), shown.width, shown.height)


def _filename(url: str) -> str:
    return urlsplit(url).path.rsplit("/", 1)[-1] or "picture"


def _media(components: Sequence[Any]) -> Iterator[Any]:
    for component in components:
        if isinstance(component, discord.components.MediaGalleryComponent):
            yield from (item.media for item in component.items)
        elif isinstance(component, discord.components.ThumbnailComponent):
            yield component.media
        else:
            yield from _media(getattr(component, "children", []))
            if (accessory := getattr(component, "accessory", None)) is not None:
                yield from _media([accessory])


def _kind_of(url: str) -> str:
    ending = urlsplit(url).path.rpartition(".")[2].lower()
    return {"jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif"}.get(
        ending, "image/png"
    )


def _why_none(places: Sequence[Any]) -> str:
    if any(place.stickers for place in places):
        return N_("A sticker cannot be used as a start. Please take a message with a picture.")
    if any(embed.type in {"gifv", "video"} for place in places for embed in place.embeds):
        return N_("That one moves. Please take a message with a still picture.")
    if any(place.attachments for place in places):
        return N_("There is no picture among that message's files. {kinds} can be used.")
    return N_("There is no picture in that message.")


class Sources:
    """Looks pictures up, and looks only where the one who asks may look as well."""

    def __init__(self, client: discord.Client, library: PictureLibrary) -> None:
        self._client = client
        self._library = library
        self._kept: OrderedDict[tuple[int, str], Source] = OrderedDict()

    async def fresh(self, references: Sequence[Reference]) -> list[str | None]:
        """Where Discord shows pictures now; None for one whose message cannot be read."""
        wanted: dict[int, set[int]] = {}
        for one in references:
            if one.channel_id is not None and one.message_id is not None:
                wanted.setdefault(one.channel_id, set()).add(one.message_id)
        found: dict[int, discord.Message] = {}
        for channel_id, message_ids in wanted.items():
            found |= await self._messages(channel_id, message_ids)
        return [None if one.message_id not in found else _shown_in(found[one.message_id], one) for one in references]

    async def _messages(self, channel_id: int, message_ids: set[int]) -> dict[int, discord.Message]:
        """Messages of a channel that can be read; many of them a hundred at a time, from the newest on."""
        channel, left = self._client.get_partial_messageable(channel_id), set(message_ids)
        found: dict[int, discord.Message] = {}
        try:
            for _ in range(_PAGES if len(left) > _FEW else 0):
                page = [one async for one in channel.history(limit=100, before=discord.Object(max(left) + 1))]
                found |= {one.id: one for one in page if one.id in left}
                left = {one for one in left if page and one < page[-1].id}
                if not left:
                    return found
        except LOST as error:
            _log.info("history not read", channel=channel_id, error=type(error).__name__)
        for message_id in left:
            try:
                found[message_id] = await channel.fetch_message(message_id)
            except LOST as error:  # this one is deleted or out of reach; its neighbours may be there
                _log.info("message not read", channel=channel_id, error=type(error).__name__)
        return found

    def keep(self, target: str, user: User, source: Source) -> None:
        """Remember what a form was opened for: where only a member has installed the bot, it cannot look again."""
        self._kept[user.id, target] = source
        while len(self._kept) > _KEPT_FORMS:
            self._kept.popitem(last=False)

    async def recall(self, target: str, user: User, channel_id: int) -> Source:
        """What a form was opened for: a job (``code``), one picture of it (``code:number``), or ``@channel:message``.

        Looked up again after a restart, under the same rule: only what the one who asks can see.
        """
        if (user.id, target) in self._kept:
            return self._kept[user.id, target]
        if target.startswith("@"):
            channel, _, message = target[1:].partition(":")
            found = await self.named(
                f"https://discord.com/channels/{_guild(user)}/{channel}/{message}", user, channel_id
            )
        else:
            found = await self.named(target.replace(":", "-"), user, channel_id)
        if isinstance(found, Source):
            return found
        pictures = (found.picture,) if ":" in target else found.job.pictures
        return Source(tuple(reference_to(found.job, one) for one in pictures), found.job)

    async def of(self, message: discord.Message) -> Source:
        """The pictures of a message that somebody pointed at."""
        if self._client.user is not None and message.author.id == self._client.user.id:
            job = await self._library.at_message(message.id)
            if job is not None and job.pictures:
                return _of_job(job, message)
            remix_thread = await self._library.remix_thread(message.channel.id)
            if remix_thread is not None and remix_thread.header_id == message.id:
                seen = await self._library.by_code(remix_thread.code)
                return Source((reference_to(seen.job, seen.picture),), seen.job)
        return Source(in_message(message))

    async def named(self, text: str, user: User, channel_id: int) -> FoundPicture | Source:
        """What a link or a code means, if the one who asks can see it."""
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._named(text, user, channel_id)
        except TimeoutError:
            raise Declined(N_("Discord is slow at the moment, so I could not look there. Please try again.")) from None

    async def _named(self, text: str, user: User, channel_id: int) -> FoundPicture | Source:
        link = _LINK.fullmatch(text.strip())
        if link is None:
            seen = await self._library.by_code(text)
            if not await self.may_see(user, seen.job, channel_id):
                raise Declined(_NOT_SEEN)
            return seen
        guild_id = None if link["guild"] == "@me" else int(link["guild"])
        job = await self._library.at_message(int(link["message"]))
        if job is not None and job.pictures:
            if not await self.may_see(user, job, channel_id):
                raise Declined(_NOT_SEEN)
            return FoundPicture(job, job.pictures[0])
        if not await self._sees(user, guild_id, int(link["channel"]), channel_id):
            raise Declined(_NOT_SEEN)
        try:
            place = self._client.get_partial_messageable(int(link["channel"]), guild_id=guild_id)
            message = await place.fetch_message(int(link["message"]))
        except LOST:
            raise Declined(_NOT_SEEN) from None
        return await self.of(message)

    async def here(self, user: User, channel_id: int) -> FoundPicture:
        """A thread's current picture, else the channel's newest that the one who asks may remix."""
        remix_thread = await self._library.remix_thread(channel_id)
        if remix_thread is not None:
            seen = await self._library.by_code(remix_thread.code)
            if seen.job.message_id is not None:
                return seen
        return await self._library.newest(channel_id, user.id)

    async def may_see(self, user: User, job: Job, here: int) -> bool:
        """Whether somebody can see the message that shows a job, asking from the channel ``here``."""
        where = job.message_channel_id or job.place.channel_id
        if job.message_id is None:
            return False
        if here in {where, job.place.channel_id}:
            return True
        if job.place.guild_id is None:
            return job.member_id == user.id  # their own conversation with the bot
        return await self._sees(user, job.place.guild_id, where, here)

    async def may_see_source(self, user: User, job: Job, reference: Reference, here: int) -> bool:
        """Whether somebody can see what a job started from; a file that came with a command is its sender's."""
        if reference.code is not None:
            try:
                seen = await self._library.by_code(reference.code)
            except NotFound:
                return False
            return await self.may_see(user, seen.job, here)
        if reference.channel_id is None:
            return (reference.owner_id or job.member_id) == user.id
        return await self._sees(user, job.place.guild_id, reference.channel_id, here)

    def open_here(self, interaction: Interaction, job: Job) -> bool:
        """Whether a job's pictures may be shown to everybody in the channel where somebody asks.

        So it is with what stands in the channel itself, around it (its threads, its parent), or where the whole
        server can read; never the age-restricted in a channel that is not.
        """
        if job.place.age_restricted and not age_restricted(interaction.channel):
            return False
        where = job.message_channel_id or job.place.channel_id
        near = {interaction.channel_id, getattr(interaction.channel, "parent_id", None)}
        if where in near:
            return True
        guild = self._client.get_guild(job.place.guild_id or 0)
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

    async def _sees(self, user: User, guild_id: int | None, channel_id: int, here: int) -> bool:
        if channel_id == here:
            return True
        guild = None if guild_id is None else self._client.get_guild(guild_id)
        if guild is None:
            return False
        try:
            channel = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
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


def _guild(user: User) -> str:
    return str(user.guild.id) if isinstance(user, discord.Member) else "@me"


def _shown_in(message: discord.Message, reference: Reference) -> str | None:
    offered = [one for place in (message, *message.message_snapshots) for one in _pictures(place)]
    for one in offered:
        if one.attachment_id is not None and one.attachment_id == reference.attachment_id:
            return one.url
    for one in offered:  # its number is not known: its name says which it is
        if reference.code is not None and one.filename.startswith(f"atelier-{reference.code}."):
            return one.url
    return None


def _of_job(job: Job, message: discord.Message) -> Source:
    """The pictures of one of our messages, at the addresses that came with it."""
    fresh = {one.filename.rpartition(".")[0]: one.url for one in _pictures(message)}
    references = tuple(
        replace(
            reference_to(job, picture, fresh.get(f"atelier-{picture.code}")),
            age_restricted=job.place.age_restricted,
        )
        for picture in job.pictures
    )
    return Source(references, job)
