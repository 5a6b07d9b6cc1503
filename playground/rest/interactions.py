"""The routes by which a bot answers interactions: the callback, and the webhook that an interaction's token opens."""

from __future__ import annotations

from typing import Any

from playground import modals, registration
from playground.attachments import Upload
from playground.context import Context
from playground.errors import ApiError, Refusal, invalid
from playground.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    TOKEN_SECONDS,
    by_user_alone,
)
from playground.model import CHAT_INPUT_COMMAND, EPHEMERAL, REPLY, Channel, Interaction, Message, User
from playground.permissions import Permission, in_channel
from playground.rest.access import check_files
from playground.rest.requests import ApiRequest
from playground.rest.routing import Route
from playground.snowflakes import parse
from playground.wire import Json
from playground.world import World

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


async def callback(context: Context, request: ApiRequest) -> Json | None:
    """Take the bot's first answer, within three seconds and once."""
    interaction = context.interactions.by_id(request.id("interaction_id"))
    if interaction is None or interaction.token != request.raw.match_info["token"]:
        raise ApiError(Refusal.UNKNOWN_INTERACTION)
    if interaction.acknowledged is not None:
        raise ApiError(Refusal.ALREADY_ACKNOWLEDGED)
    if context.world.clock() - interaction.created_at > context.interactions.acknowledge_seconds:
        raise ApiError(Refusal.UNKNOWN_INTERACTION)
    kind = request.body.get("type")
    data: Json = request.body.get("data") or {}
    _respond(context, interaction, kind, data, request.files)
    interaction.acknowledged = kind
    context.changes.notify()
    if request.raw.query.get("with_response", "").lower() not in {"1", "true"}:
        return None
    body: Json = {
        "interaction": {
            "id": str(interaction.id),
            "type": interaction.kind,
            "response_message_id": str(interaction.original.id) if interaction.original else None,
            "response_message_loading": kind == DEFERRED,
            "response_message_ephemeral": interaction.ephemeral,
        }
    }
    if interaction.original is not None and kind in {MESSAGE, DEFERRED, UPDATE}:
        body["resource"] = {"type": kind, "message": context.payloads.message(interaction.original)}
    return body


def _respond(context: Context, interaction: Interaction, kind: Any, data: Json, files: list[Upload]) -> None:
    world, channel = context.world, interaction.channel
    private = _for_one_alone(interaction, data, world)
    of = CHAT_INPUT_COMMAND if interaction.message is None else REPLY
    if kind not in FITTING[interaction.kind] or (kind == UPDATE and interaction.message is None):
        raise invalid(("type",), "BASE_TYPE_CHOICES", "This interaction cannot be answered so.")
    if kind in {MESSAGE, DEFERRED, UPDATE}:
        check_files(channel, files)
        _wake(channel, world)
    match kind:
        case 4:
            interaction.original = context.messages.create(
                channel,
                world.bot,
                data,
                files,
                kind=of,
                private_to=private,
                interaction=interaction,
                reply_to=interaction.message,
            )
        case 5:
            interaction.original = context.messages.placeholder(channel, interaction, of, private)
        case 6:
            interaction.original = interaction.message
        case 7 if interaction.message is not None:
            context.messages.edit(interaction.message, data, files)
            interaction.original = interaction.message
        case 8:
            interaction.choices = registration.suggestions(data.get("choices") or [])
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
    return user if by_flag or (guild and by_user_alone(interaction, world) and not openly) else None


# The webhook: the interaction's token is the right


def _by_token(context: Context, request: ApiRequest) -> Interaction:
    interaction = context.interactions.by_token(request.raw.match_info["token"])
    if interaction is None or request.id("application_id") != context.world.application.id:
        raise ApiError(Refusal.UNKNOWN_WEBHOOK)
    if interaction.expired or context.world.clock() - interaction.created_at > TOKEN_SECONDS:
        raise ApiError(Refusal.INVALID_WEBHOOK_TOKEN)
    if interaction.acknowledged is None:
        raise ApiError(Refusal.UNKNOWN_WEBHOOK)
    return interaction


def _message(context: Context, request: ApiRequest) -> Message:
    interaction = _by_token(context, request)
    name = request.raw.match_info["message_id"]
    message = interaction.original if name == "@original" else context.world.messages.get(parse(name) or 0)
    if message is None or message.deleted:
        raise ApiError(Refusal.UNKNOWN_MESSAGE)
    # A click's token also reaches the message that the button stands on, whoever's answer that was.
    if message is not interaction.message and message.interaction is not interaction:
        raise ApiError(Refusal.UNKNOWN_MESSAGE)
    return message


async def get(context: Context, request: ApiRequest) -> Json:
    """Give a message that answers an interaction."""
    return context.payloads.message(_message(context, request))


async def edit(context: Context, request: ApiRequest) -> Json:
    """Change such a message."""
    message = _message(context, request)
    check_files(message.channel, request.files)
    if message.channel.archived:
        raise ApiError(Refusal.THREAD_ARCHIVED)
    context.messages.edit(message, request.body, request.files)
    return context.payloads.message(message)


async def delete(context: Context, request: ApiRequest) -> None:
    """Delete such a message."""
    context.messages.delete(_message(context, request))


async def follow_up(context: Context, request: ApiRequest) -> Json:
    """Send a further message; right after a deferred answer it takes that one's place."""
    interaction, world = _by_token(context, request), context.world
    check_files(interaction.channel, request.files)
    if by_user_alone(interaction, world) and interaction.follow_ups >= MAX_FOLLOW_UPS:
        raise ApiError(Refusal.TOO_MANY_FOLLOW_UPS)
    _wake(interaction.channel, world)
    original = interaction.original
    if interaction.acknowledged == DEFERRED and original is not None and original.loading and not original.deleted:
        # Discord's reference: right after a deferred answer, this edits the "thinking …" message.
        context.messages.edit(original, request.body, request.files)
        return context.payloads.message(original)
    message = context.messages.create(
        interaction.channel,
        world.bot,
        request.body,
        request.files,
        kind=REPLY,
        private_to=_for_one_alone(interaction, request.body, world),
        interaction=interaction,
    )
    interaction.follow_ups += 1
    return context.payloads.message(message)


_ORIGINAL = "/webhooks/{application_id}/{token}/messages/{message_id}"

ROUTES: list[Route] = [
    ("POST", "/interactions/{interaction_id}/{token}/callback", callback),
    ("POST", "/webhooks/{application_id}/{token}", follow_up),
    ("GET", _ORIGINAL, get),
    ("PATCH", _ORIGINAL, edit),
    ("DELETE", _ORIGINAL, delete),
]
