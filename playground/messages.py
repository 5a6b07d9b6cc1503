"""Messages: how they are made, changed and deleted under Discord's rules."""

from __future__ import annotations

import re
from collections.abc import Sequence

from playground import components
from playground.attachments import Attachment, AttachmentStore, Upload
from playground.errors import ApiError, FormErrors, Refusal
from playground.mentions import check as check_mentions
from playground.mentions import pings
from playground.model import (
    COMPONENTS_V2,
    DEFAULT,
    EPHEMERAL,
    HAS_SNAPSHOT,
    LOADING,
    SILENT,
    SUPPRESS_EMBEDS,
    Channel,
    Interaction,
    Message,
    User,
)
from playground.snowflakes import parse
from playground.wire import Json
from playground.world import World

__all__ = ["Message", "Messages"]

MAX_CONTENT = 2000


class Messages:
    """Makes, changes and deletes messages from the bodies that clients send."""

    def __init__(self, world: World, store: AttachmentStore) -> None:
        self._world = world
        self._store = store

    def create(
        self,
        channel: Channel,
        author: User,
        body: Json,
        files: Sequence[Upload] = (),
        *,
        kind: int = DEFAULT,
        private_to: User | None = None,
        interaction: Interaction | None = None,
        reply_to: Message | None = None,
        forward: Json | None = None,
        forwarded: Message | None = None,
        stickers: Sequence[str] = (),
    ) -> Message:
        """A new message, announced; refused as Discord refuses. An archived thread wakes by it."""
        message = Message(
            self._world.snowflakes.next(),
            channel,
            author,
            self._world.clock(),
            kind,
            private_to=private_to,
            interaction=interaction,
            reply_to=reply_to,
            forward=forward,
            stickers=tuple(stickers),
            nonce=body.get("nonce"),
        )
        allowed_flags = SUPPRESS_EMBEDS | SILENT | COMPONENTS_V2
        message.flags = int(body.get("flags") or 0) & allowed_flags | (EPHEMERAL if private_to else 0)
        if reply_to:
            message.reference = reference_to(reply_to)
        if forwarded:
            message.reference = reference_to(forwarded) | {"type": 1}
            message.flags |= HAS_SNAPSHOT
        self._fill(message, body, files)
        self._post(message)
        return message

    def placeholder(self, channel: Channel, interaction: Interaction, kind: int, private_to: User | None) -> Message:
        """The “thinking …” message of a deferred answer."""
        message = Message(
            self._world.snowflakes.next(),
            channel,
            self._world.bot,
            self._world.clock(),
            kind,
            flags=LOADING | (EPHEMERAL if private_to else 0),
            private_to=private_to,
            interaction=interaction,
        )
        self._post(message)
        return message

    def edit(self, message: Message, body: Json, files: Sequence[Upload] = ()) -> None:
        """Change a message in place, announced; what `body` does not name stays."""
        if int(body.get("flags") or 0) & COMPONENTS_V2 and not message.is_v2:
            if (message.content and "content" not in body) or (message.embeds and "embeds" not in body):
                form = FormErrors()
                _forbid_legacy(form, {"content": message.content, "embeds": message.embeds} | body)
                form.check()
            v2 = COMPONENTS_V2
        else:
            v2 = message.flags & COMPONENTS_V2
        previous = message.flags
        # The flag of Components V2 is set by an edit but never removed.
        message.flags = previous & ~LOADING | v2
        try:
            self._fill(message, body, files)
        except ApiError:
            message.flags = previous
            raise
        if not previous & LOADING:
            message.edited_at = self._world.clock()
        self._world.emit("MESSAGE_UPDATE", message)

    def delete(self, message: Message) -> None:
        """Delete a message and its files."""
        message.deleted = True
        message.channel.messages.pop(message.id, None)
        self._world.messages.pop(message.id, None)
        for file in message.files:
            self._store.forget(file)
        self._world.emit("MESSAGE_DELETE", message)

    def _post(self, message: Message) -> None:
        channel = message.channel
        if channel.archived:
            self._world.archive(channel, False)
        channel.messages[message.id] = message
        self._world.messages[message.id] = message
        if message.private_to is None:
            channel.last_message_id = message.id
            channel.sent += 1
        self._world.emit("MESSAGE_CREATE", message)

    def _fill(self, message: Message, body: Json, files: Sequence[Upload]) -> None:
        """Check all that `body` says before any of it is done to the message."""
        form = FormErrors()
        if message.is_v2:
            _forbid_legacy(form, body)
        check_mentions(form, body.get("allowed_mentions"))
        content = form.text(body, "content", (), 0, MAX_CONTENT) or "" if "content" in body else message.content
        embeds = (body.get("embeds") or []) if "embeds" in body else message.embeds
        form.length(("embeds",), len(embeds), 0, 10)
        kept, described = self._listed_files(form, message, body, files)
        new = [
            self._store.keep(
                upload, message.channel.id, description=described.get(index), ephemeral=message.private_to is not None
            )
            for index, upload in enumerate(files)
        ]
        try:
            names = {file.filename: file for file in (*kept, *new)}
            reader = components.ComponentReader(form, names, v2=message.is_v2)
            if "components" in body:
                shown = reader.read(body["components"] or [])
            else:
                shown = message.components
                _forbid_orphans(form, shown, {str(file.id) for file in kept})
            form.check()
            if not (content or embeds or shown or kept or new or message.forward or message.stickers):
                raise ApiError(Refusal.EMPTY_MESSAGE)  # noqa: TRY301 - the files taken in must go on every refusal
        except ApiError:
            for file in new:
                self._store.forget(file)
            raise
        for file in message.files:
            if file not in kept:
                self._store.forget(file)
        message.content, message.embeds, message.components, message.files = content, embeds, shown, [*kept, *new]
        replied_to = message.reply_to.author if message.reply_to and message.interaction is None else None
        message.pings = pings(
            self._world, message.channel, message.author, message.text, body.get("allowed_mentions"), replied_to
        )

    def _listed_files(
        self, form: FormErrors, message: Message, body: Json, files: Sequence[Upload]
    ) -> tuple[list[Attachment], dict[int, str]]:
        """The attachments that stay, and the descriptions of the new ones by their index."""
        if body.get("attachments") is None:
            return (message.files if "attachments" not in body else []), {}
        own = {file.id: file for file in message.files}
        kept: list[Attachment] = []
        described: dict[int, str] = {}
        for index, entry in enumerate(body["attachments"]):
            path = ("attachments", index)
            description = form.text(entry, "description", path, 0, 1024)
            number = parse(entry.get("id"))
            if number is not None and number in own:
                kept.append(own[number])
                if "description" in entry:
                    own[number].description = description
            elif number is not None and number < len(files):
                if description:
                    described[number] = description
            else:
                form.add((*path, "id"), "ATTACHMENT_NOT_FOUND", "Attachment data not found.")
            filename = form.text(entry, "filename", path, 1, 1024)
            if filename and re.search(r"[/\\\x00]", filename):
                form.add((*path, "filename"), "BASE_TYPE_BAD_STRING", "Invalid filename.")
        form.length(("attachments",), len(kept) + len(files), 0, 10)
        return kept, described


def reference_to(message: Message) -> Json:
    """Discord's message reference."""
    reference: Json = {"type": 0, "channel_id": str(message.channel.id), "message_id": str(message.id)}
    if message.channel.guild:
        reference["guild_id"] = str(message.channel.guild.id)
    return reference


def _forbid_legacy(form: FormErrors, body: Json) -> None:
    for key in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(key):
            form.add(
                (key,),
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )


def _forbid_orphans(form: FormErrors, shown: list[Json], kept: set[str]) -> None:
    """An edit that drops a file which the components still show is refused."""
    for component in components.walk(shown):
        for media in components.media_of(component):
            if media.get("attachment_id", "") not in kept and "attachment_id" in media:
                form.add(
                    ("components",),
                    "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                    "The referenced attachment was not found.",
                )
