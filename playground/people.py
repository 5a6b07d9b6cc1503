"""What a person does: use a command, click, say something. Serves the web page and the tests alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playground import choices, commands, components
from playground.attachments import Upload
from playground.context import Context
from playground.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT
from playground.model import REPLY, Channel, Interaction, Message, User
from playground.permissions import Permission, in_channel
from playground.resolving import Resolver
from playground.wire import Json


class Asking:
    """An interaction under way, as the person who began it sees it."""

    def __init__(self, context: Context, interaction: Interaction) -> None:
        self._context = context
        self.interaction = interaction

    @property
    def ephemeral(self) -> bool:
        """Whether the answer is for this person alone."""
        return self.interaction.ephemeral

    async def acknowledged(self, timeout: float = 30) -> int:
        """Wait for the bot's callback; gives its type."""
        await self._context.changes.until(lambda: self.interaction.acknowledged is not None, timeout)
        return self.interaction.acknowledged or 0

    async def reply(self, timeout: float = 30) -> Message:
        """Wait for the message that answers it; "thinking …" is none yet, unless another one takes its place."""

        def answer() -> Message | None:
            original = self.interaction.original
            return None if original is None or (original.loading and not original.deleted) else original

        found: Message = await self._context.changes.until(answer, timeout)
        return found

    async def private(self, timeout: float = 30) -> Message:
        """Wait for the newest answer that is for this person alone, whether it was the first one or followed."""
        shown = self._context.world.messages

        def newest() -> Message | None:
            mine = (one for one in reversed(shown.values()) if one.ephemeral and one.interaction is self.interaction)
            return next(mine, None)

        found: Message = await self._context.changes.until(newest, timeout)
        return found


class Person:
    """Somebody at their keyboard."""

    def __init__(self, context: Context, user: User) -> None:
        self._context = context
        self.user = user

    async def command(self, name: str, /, *, channel: Channel | None = None, **options: Any) -> Asking:
        """Use a slash command (`"settings quota"` for a subcommand); the bot may not have answered yet.

        `channel` is where it is used; for an option of that name there is `use`.
        """
        return await self.use(name, options, channel)

    async def use(self, name: str, options: Json, place: Channel | None = None) -> Asking:
        """Use a slash command with options of any name."""
        place = place or self._context.channel
        first, *rest = name.split()
        command = self._context.commands.find(place.guild.id if place.guild else 0, first)
        self._may_use(command, place)
        data = commands.invocation(command, rest, options, Resolver(self._context, place, self.user))
        return self._ask(COMMAND, place, data, name=name)

    async def autocomplete(self, name: str, focused: str, channel: Channel | None = None, **options: Any) -> Asking:
        """Type into an option that completes itself; `channel` is where, as for `command`."""
        return await self.type_into(name, focused, options, channel)

    async def type_into(self, name: str, focused: str, options: Json, place: Channel | None = None) -> Asking:
        """Type into an option that completes itself, beside options of any name."""
        place = place or self._context.channel
        first, *rest = name.split()
        command = self._context.commands.find(place.guild.id if place.guild else 0, first)
        self._may_use(command, place)
        data = commands.partial(command, rest, options, focused)
        return self._ask(AUTOCOMPLETE, place, data, name=name)

    async def context_menu(self, name: str, message: Message) -> Asking:
        """Choose a message command."""
        channel = message.channel
        command = self._context.commands.find(channel.guild.id if channel.guild else 0, name, 3)
        self._may_use(command, channel)
        resolved = {"messages": {str(message.id): self._context.payloads.message(message)}}
        data = {"id": command["id"], "name": name, "type": 3, "target_id": str(message.id), "resolved": resolved}
        return self._ask(COMMAND, channel, data, name=name)

    async def click(
        self,
        message: Message,
        label: str | None = None,
        *,
        custom_id: str | None = None,
        values: list[str] | None = None,
    ) -> Asking:
        """Click a button by its label (an emoji may stand before it) or its custom id; `values` are a select's."""
        for one in components.walk(message.components):
            by_label = label is not None and one["type"] == components.BUTTON and _reads(one, label)
            if by_label or (custom_id is not None and one.get("custom_id") == custom_id):
                return self._touch(message, one, values)
        raise commands.CommandError(f"there is no {label or custom_id!r} under this message: {message.buttons}")

    async def choose(self, message: Message, custom_id_or_label: str, values: Any) -> Asking:
        """Choose in a select of any kind, found by its custom id or placeholder.

        An option goes by its value or label; people, roles and channels as they are or by their id; one or several.
        """
        found = [one for one in components.walk(message.components) if one["type"] in choices.SELECTS]
        for one in found:
            if custom_id_or_label in (one["custom_id"], one.get("placeholder")):
                return self._touch(message, one, [] if values is None else values)
        there = [one.get("placeholder") or one["custom_id"] for one in found]
        raise commands.CommandError(f"there is no select {custom_id_or_label!r} under this message: {there}")

    def _touch(self, message: Message, one: Json, values: Any) -> Asking:
        """Use a component of a message; what is chosen there is checked as Discord's client checks it."""
        if one.get("disabled"):
            raise commands.CommandError(f"{one['custom_id']}: this is disabled")
        data: Json = {"component_type": one["type"], "custom_id": one["custom_id"], "id": one["id"]}
        if one["type"] in choices.SELECTS:
            resolved: Json = {}
            data["values"] = choices.chosen(one, values, self._keeping(message.channel, resolved))
            if one["type"] in choices.RESOLVED:
                data["resolved"] = resolved
        return self._ask(COMPONENT, message.channel, data, message=message)

    def _keeping(self, channel: Channel, resolved: Json) -> choices.Keep:
        """Enters what is chosen into `resolved`."""
        resolver = Resolver(self._context, channel, self.user)
        return lambda kind, value, field: resolver(kind, value, field, resolved)

    async def submit(self, form: Asking, /, **fields: Any) -> Asking:
        """Wait for a form to open, fill it in and send it; a field goes by its custom id or the words above it."""
        await self._context.changes.until(lambda: form.interaction.acknowledged is not None)
        modal = form.interaction.modal
        return await self.submit_modal(form, **(modal.named(fields) if modal else fields))

    async def submit_modal(self, asking: Asking, /, **values: Any) -> Asking:
        """Fill in and send the modal that an interaction was answered with, its fields by their custom ids."""
        before = asking.interaction
        if before.modal is None:
            raise commands.CommandError("no modal was opened")
        resolved: Json = {}
        filled = before.modal.submission(values, self._keeping(before.channel, resolved))
        data: Json = {"custom_id": before.modal.custom_id, "components": filled}
        if resolved:
            data["resolved"] = resolved
        return self._ask(MODAL_SUBMIT, before.channel, data, message=before.message)

    def say(
        self,
        text: str = "",
        *,
        channel: Channel | None = None,
        reply_to: Message | None = None,
        ping: bool = True,
        files: Sequence[Upload] = (),
        forward: Message | None = None,
        stickers: Sequence[str] = (),
        embed_images: Sequence[Upload] = (),
    ) -> Message:
        """Send an ordinary message; a reply pings whom it answers unless `ping` is off, a forward has no words."""
        if forward is not None and (text or files or stickers or reply_to):
            raise commands.CommandError("a forward carries nothing of its own")
        context, place = self._context, channel or self._context.channel
        body: Json = {"content": text, "sticker_ids": [*stickers] or None}
        if reply_to is not None and not ping:
            body["allowed_mentions"] = {"parse": ["users", "roles", "everyone"], "replied_user": False}
        if embed_images:
            body["embeds"] = [_preview(context, image, place) for image in embed_images]
        return context.messages.create(
            place,
            self.user,
            body,
            files,
            kind=REPLY if reply_to else 0,
            reply_to=reply_to,
            forward=None if forward is None else context.payloads.snapshot(forward),
            forwarded=forward,
            stickers=stickers,
        )

    def _may_use(self, command: Json, place: Channel) -> None:
        """Discord's own gate, which a server's administrators can loosen."""
        if self._context.world.application.open_to_everybody or place.guild is None:
            return
        if needed(command) & ~int(in_channel(place, self.user.id)):
            raise commands.CommandError("you do not have permission to use this command here")

    def _ask(
        self, kind: int, channel: Channel, data: Json, *, name: str = "", message: Message | None = None
    ) -> Asking:
        context = self._context
        present = channel.guild.members if channel.guild else {one.id for one in channel.people}
        if self.user.id not in present:
            raise commands.CommandError("this person is not in this channel")
        interaction = Interaction(
            context.world.snowflakes.next(), kind, self.user, channel, data, context.world.clock(), name, message
        )
        context.interactions.remember(interaction)
        context.world.emit("INTERACTION_CREATE", interaction)
        return Asking(context, interaction)


def needed(command: Json) -> int:
    """The permissions that a command asks of its user; "0" leaves it to administrators alone."""
    asked = command.get("default_member_permissions")
    return 0 if asked is None else int(asked) or int(Permission.ADMINISTRATOR)


def _preview(context: Context, image: Upload, channel: Channel) -> Json:
    """The embed that Discord makes of a link to a picture: the foreign address, and that of Discord's own copy."""
    file = context.store.keep(image, channel.id, external=True)
    shown = {
        "url": f"https://example.com/{file.filename}",
        "proxy_url": context.address.url + file.path,
        "width": file.width,
        "height": file.height,
    }
    return {"type": "image", "url": shown["url"], "thumbnail": shown}


def _reads(button: Json, label: str) -> bool:
    shown = components.label_of(button)
    return shown == label or shown.endswith(f" {label}")
