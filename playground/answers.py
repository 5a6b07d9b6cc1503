"""The routes by which a bot answers interactions: the callback, and the webhook that an interaction's token opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground import modals
from playground.attachments import Upload
from playground.errors import ApiError, Refusal, invalid
from playground.interactions import (
    ACKNOWLEDGE_SECONDS,
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    TOKEN_SECONDS,
    Interaction,
)
from playground.messages import CHAT_INPUT_COMMAND, EPHEMERAL, REPLY, Message
from playground.permissions import Permission, in_channel
from playground.requests import Asked
from playground.snowflakes import parse
from playground.world import Channel, User, World

if TYPE_CHECKING:
    from playground.rest import Rest, Route

Json = dict[str, Any]

MAX_FOLLOW_UPS = 5
"""Where only a user has installed the app (Discord reference)."""
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
FITTING = {
    COMMAND: {MESSAGE, DEFERRED, DEFERRED_UPDATE, MODAL},
    COMPONENT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL_SUBMIT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE},
}
"""The callbacks that each kind of interaction takes: a form is not answered with another form."""


async def callback(rest: Rest, asked: Asked) -> Json | None:
    """Take the bot's first answer, within three seconds and once."""
    interaction = rest.server.interactions.get(asked.id("interaction_id"))
    if interaction is None or interaction.token != asked.request.match_info["token"]:
        raise ApiError(Refusal.UNKNOWN_INTERACTION)
    if interaction.acknowledged is not None:
        raise ApiError(Refusal.ALREADY_ACKNOWLEDGED)
    if rest.server.clock() - interaction.created_at > ACKNOWLEDGE_SECONDS:
        raise ApiError(Refusal.UNKNOWN_INTERACTION)
    kind, data = asked.body.get("type"), asked.body.get("data") or {}
    _respond(rest, interaction, kind, data, asked.files)
    interaction.acknowledged = kind
    rest.server.touch()
    if asked.request.query.get("with_response", "").lower() not in {"1", "true"}:
        return None
    answer: Json = {
        "interaction": {
            "id": str(interaction.id),
            "type": interaction.kind,
            "response_message_id": str(interaction.original.id) if interaction.original else None,
            "response_message_loading": kind == DEFERRED,
            "response_message_ephemeral": interaction.ephemeral,
        }
    }
    if interaction.original is not None and kind in {MESSAGE, DEFERRED, UPDATE}:
        answer["resource"] = {"type": kind, "message": rest.server.payloads.message(interaction.original)}
    return answer


def _respond(rest: Rest, interaction: Interaction, kind: Any, data: Json, files: list[Upload]) -> None:
    server, channel = rest.server, interaction.channel
    private = _for_one_alone(interaction, data, server.world)
    of = CHAT_INPUT_COMMAND if interaction.message is None else REPLY
    if kind not in FITTING[interaction.kind] or (kind == UPDATE and interaction.message is None):
        raise invalid(("type",), "BASE_TYPE_CHOICES", "This interaction cannot be answered so.")
    if kind in {MESSAGE, DEFERRED, UPDATE}:
        rest.check_files(channel, files)
        _wake(channel, server.world)
    match kind:
        case 4:
            interaction.original = server.messages_of_world.create(
                channel,
                server.world.bot,
                data,
                files,
                kind=of,
                private_to=private,
                interaction=interaction,
                reply_to=interaction.message,
            )
        case 5:
            interaction.original = server.messages_of_world.placeholder(channel, interaction, of, private)
        case 6:
            interaction.original = interaction.message
        case 7 if interaction.message is not None:
            server.messages_of_world.edit(interaction.message, data, files)
            interaction.original = interaction.message
        case 8:
            interaction.choices = data.get("choices") or []
        case _:
            interaction.modal = modals.read(data)


def _wake(channel: Channel, world: World) -> None:
    """An answer wakes an archived thread, unless a moderator has locked it."""
    if channel.archived and channel.locked:
        raise ApiError(Refusal.THREAD_ARCHIVED)
    if channel.archived:
        world.archive(channel, False)


def _for_one_alone(interaction: Interaction, data: Json, world: World) -> User | None:
    """Whom an answer is for alone: so it asks, or the member may not use an app of their own openly here."""
    by_flag = int(data.get("flags") or 0) & EPHEMERAL
    guild, user = interaction.channel.guild, interaction.user
    openly = in_channel(interaction.channel, user.id) & Permission.USE_EXTERNAL_APPS
    return user if by_flag or (guild and interaction.by_user_alone(world) and not openly) else None


# The webhook: the interaction's token is the right


def _by_token(rest: Rest, asked: Asked) -> Interaction:
    interaction = rest.server.by_token.get(asked.request.match_info["token"])
    if interaction is None or asked.id("application_id") != rest.server.world.application_id:
        raise ApiError(Refusal.UNKNOWN_WEBHOOK)
    if interaction.expired or rest.server.clock() - interaction.created_at > TOKEN_SECONDS:
        raise ApiError(Refusal.INVALID_WEBHOOK_TOKEN)
    if interaction.acknowledged is None:
        raise ApiError(Refusal.UNKNOWN_WEBHOOK)
    return interaction


def _message(rest: Rest, asked: Asked) -> Message:
    interaction = _by_token(rest, asked)
    name = asked.request.match_info["message_id"]
    message = interaction.original if name == "@original" else rest.server.world.messages.get(parse(name) or 0)
    if message is None or message.deleted:
        raise ApiError(Refusal.UNKNOWN_MESSAGE)
    # A click's token also reaches the message that the button stands on, whoever's answer that was.
    if message is not interaction.message and message.interaction is not interaction:
        raise ApiError(Refusal.UNKNOWN_MESSAGE)
    return message


async def get(rest: Rest, asked: Asked) -> Json:
    """Give a message that answers an interaction."""
    return rest.server.payloads.message(_message(rest, asked))


async def edit(rest: Rest, asked: Asked) -> Json:
    """Change such a message."""
    message = _message(rest, asked)
    rest.check_files(message.channel, asked.files)
    if message.channel.archived:
        raise ApiError(Refusal.THREAD_ARCHIVED)
    rest.server.messages_of_world.edit(message, asked.body, asked.files)
    return rest.server.payloads.message(message)


async def delete(rest: Rest, asked: Asked) -> None:
    """Delete such a message."""
    rest.server.messages_of_world.delete(_message(rest, asked))


async def follow_up(rest: Rest, asked: Asked) -> Json:
    """Send a further message; right after a deferred answer it takes that one's place."""
    interaction, server = _by_token(rest, asked), rest.server
    rest.check_files(interaction.channel, asked.files)
    if interaction.by_user_alone(server.world) and interaction.follow_ups >= MAX_FOLLOW_UPS:
        raise ApiError(Refusal.TOO_MANY_FOLLOW_UPS)
    _wake(interaction.channel, server.world)
    original = interaction.original
    if interaction.acknowledged == DEFERRED and original is not None and original.loading and not original.deleted:
        # Discord's reference: right after a deferred answer, this edits the "thinking …" message.
        server.messages_of_world.edit(original, asked.body, asked.files)
        return server.payloads.message(original)
    message = server.messages_of_world.create(
        interaction.channel,
        server.world.bot,
        asked.body,
        asked.files,
        kind=REPLY,
        private_to=_for_one_alone(interaction, asked.body, server.world),
        interaction=interaction,
    )
    interaction.follow_ups += 1
    return server.payloads.message(message)


_ORIGINAL = "/webhooks/{application_id}/{token}/messages/{message_id}"

ROUTES: list[Route] = [
    ("POST", "/interactions/{interaction_id}/{token}/callback", callback),
    ("POST", "/webhooks/{application_id}/{token}", follow_up),
    ("GET", _ORIGINAL, get),
    ("PATCH", _ORIGINAL, edit),
    ("DELETE", _ORIGINAL, delete),
]
