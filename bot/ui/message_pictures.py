"""What is in a message of Discord's: the pictures it shows, as files that somebody offers and as references.

Pure: nothing here asks Discord; ``picture_addresses`` and ``sources`` do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import discord

from bot.media.accepted import CONTENT_TYPES, MAX_BYTES, MAX_PIXELS
from bot.models import Reference, job_code_in
from bot.ui.interactions import age_restricted
from bot.ui.markup import in_code
from bot.ui.words import N_, _
from bot.ui.words.refusals import Declined, Mistake, about, each_of

_KINDS = N_("PNG, JPEG, WebP, HEIC and still GIF")
_MIB = 1024 * 1024
_HIDDEN = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)
"""Words between these are covered, and with them the preview of a link."""
_ATTACHMENT = re.compile(r"https://(?:cdn\.discordapp\.com|media\.discordapp\.net)/(?:ephemeral-)?attachments/")

OWNER_UNKNOWN = N_(
    "I cannot tell who posted this picture first, and they may want to keep it to themselves. If it is yours, bring "
    "it with `/edit`."
)


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that somebody offers as a start, as Discord describes it."""

    url: str
    filename: str
    size: int | None
    """In bytes; None where Discord does not say."""
    content_type: str | None
    width: int | None = None
    height: int | None = None
    attachment_id: int | None = None
    spoiler: bool = False

    @classmethod
    def from_attachment(cls, file: discord.Attachment) -> Offered:
        """A file in a command's option or under a message."""
        size = file.width, file.height
        return cls(file.url, file.filename, file.size, file.content_type, *size, file.id, file.is_spoiler())

    @classmethod
    def from_json(cls, file: dict[str, Any]) -> Offered:
        """A file that came with a form."""
        marked = int(file.get("flags") or 0) & discord.AttachmentFlags.spoiler.flag
        return cls(
            file["url"],
            file["filename"],
            file["size"],
            file.get("content_type"),
            file.get("width"),
            file.get("height"),
            int(file["id"]),
            bool(marked) or str(file["filename"]).startswith("SPOILER_"),
        )


def accepted(file: Offered, owner_id: int | None = None) -> Reference:
    """A file as a reference, or a refusal from what Discord says of it; whether it is sound, decoding will show.

    ``owner_id`` is whoever brings it.
    """
    name = in_code(file.filename[:60])
    kind = (file.content_type or "").partition(";")[0].strip().lower()
    if kind not in CONTENT_TYPES or file.size == 0:
        raise Mistake(
            N_("`{name}` is not a picture that I can start from. I can use {kinds}."), name=name, kinds=_(_KINDS)
        )
    if file.size is not None and file.size > MAX_BYTES:
        size, most = round(file.size / _MIB), MAX_BYTES // _MIB
        raise Mistake(N_("`{name}` has {size} MiB; the limit is {most} MiB."), name=name, size=size, most=most)
    if (file.width or 0) * (file.height or 0) > MAX_PIXELS:
        raise Mistake(
            N_("`{name}` has {width} × {height} pixels; the limit is {most} million."),
            name=name,
            width=file.width,
            height=file.height,
            most=MAX_PIXELS // 1_000_000,
        )
    return Reference(file.url, owner_id=owner_id, spoiler=file.spoiler)


def all_accepted(files: Sequence[Offered], owner_id: int | None = None) -> tuple[Reference, ...]:
    """The same of several files; of those that are refused each, and which of them it is."""
    if len(files) == 1:
        return (accepted(files[0], owner_id),)
    return tuple(each_of(partial(_one_of, *one, owner_id) for one in enumerate(files, 1)))


def _one_of(number: int, file: Offered, owner_id: int | None) -> Reference:
    with about(_("Picture {number}", number=number)):
        return accepted(file, owner_id)


def in_message(message: discord.Message) -> tuple[Reference, ...]:
    """The pictures of any message, also of other bots: files, galleries, previews of links, what was forwarded.

    The owner is whoever posted them; of what was forwarded only ``sources`` can find out. Refuses in words where the
    message has something else instead.
    """
    places = [message, *message.message_snapshots]
    found = [one for place in places for one in _pictures(place)]
    if not found:
        raise Declined(_why_none(places), kinds=_(_KINDS))
    owner = None if message.author.bot or message.message_snapshots else message.author.id
    restricted = age_restricted(message.channel)
    return tuple(
        replace(
            taken,
            owner_id=owner,
            channel_id=message.channel.id,
            message_id=message.id,
            attachment_id=one.attachment_id,
            age_restricted=restricted,
        )
        for taken, one in zip(all_accepted(found), found, strict=True)
    )


def _pictures(place: Any) -> Iterator[Offered]:
    for file in place.attachments:
        if (file.content_type or "").startswith("image/"):
            yield Offered.from_attachment(file)
    for media, covered in _shown(place.components):
        if (media.content_type or "").startswith("image/"):
            yield Offered(
                media.url if media.attachment_id else media.proxy_url or "",
                _filename(media.url),
                None,
                media.content_type,
                media.width,
                media.height,
                media.attachment_id,
                covered,
            )
    hidden = _HIDDEN.findall(place.content)
    for embed in place.embeds:
        shown = embed.image if embed.image.proxy_url else embed.thumbnail
        # Discord's own copy of the picture: an address that a member chose is never asked.
        if embed.type in {"rich", "image", "article", "link"} and shown.proxy_url:
            kind, covered = _kind_of(shown.proxy_url), any(embed.url in one for one in hidden if embed.url)
            if _ATTACHMENT.match(shown.url or "") and job_code_in(shown.url) is None:
                raise Declined(OWNER_UNKNOWN)  # a link to a file that anybody may have posted
            yield Offered(shown.proxy_url, "preview", None, kind, shown.width, shown.height, spoiler=covered)


def _filename(url: str) -> str:
    return urlsplit(url).path.rsplit("/", 1)[-1] or "picture"


def media_items(components: Sequence[Any]) -> Iterator[discord.UnfurledMediaItem]:
    """The media that a message's components show, in their order: galleries and thumbnails, at any depth."""
    return (media for media, _covered in _shown(components))


def _shown(components: Sequence[Any], *, within: bool = False) -> Iterator[tuple[discord.UnfurledMediaItem, bool]]:
    """The same with whether each is covered, by itself or by what it is within."""
    for component in components:
        covered = within or getattr(component, "spoiler", False)
        if isinstance(component, discord.components.MediaGalleryComponent):
            yield from ((item.media, within or item.spoiler) for item in component.items)
        elif isinstance(component, discord.components.ThumbnailComponent):
            yield component.media, covered
        else:
            yield from _shown(getattr(component, "children", []), within=covered)
            if (accessory := getattr(component, "accessory", None)) is not None:
                yield from _shown([accessory], within=covered)


def _kind_of(url: str) -> str:
    ending = urlsplit(url).path.rpartition(".")[2].lower()
    return {"jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif"}.get(
        ending, "image/png"
    )


def _why_none(places: Sequence[Any]) -> str:
    if any(place.stickers for place in places):
        return N_("A sticker cannot be a starting point. Please choose a message with a picture.")
    if any(embed.type in {"gifv", "video"} for place in places for embed in place.embeds):
        return N_("That picture is animated. Please choose a message with a still picture.")
    if any(place.attachments for place in places):
        return N_("There is no picture among that message's files. I can use {kinds}.")
    return N_("There is no picture in that message.")


def address_in(message: discord.Message, reference: Reference) -> str | None:
    """Where a message shows a picture now; None where it no longer does."""
    shown = [one for place in (message, *message.message_snapshots) for one in _pictures(place)]
    for one in shown:
        if one.attachment_id is not None and one.attachment_id == reference.attachment_id:
            return one.url
    for one in shown:  # its number is not known: its name says which it is
        if reference.code is not None and one.filename.startswith(f"atelier-{reference.code}."):
            return one.url
    return None
