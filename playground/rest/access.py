"""What a request names, if the bot may have it: channels, messages, servers; and the size of files."""

from __future__ import annotations

from playground.attachments import MEBIBYTE, Upload
from playground.context import Context
from playground.errors import ApiError, Refusal
from playground.model import Channel, Message
from playground.permissions import Permission, in_channel
from playground.rest.requests import ApiRequest


def channel_of(context: Context, request: ApiRequest, *needed: Permission) -> Channel:
    """The channel that a request names, if the bot sees it and holds the permissions that are needed there."""
    channel = context.world.channels.get(request.id("channel_id"))
    if channel is None:
        raise ApiError(Refusal.UNKNOWN_CHANNEL)
    allowed = in_channel(channel, context.world.bot.id)
    if channel.is_private or not allowed & Permission.VIEW_CHANNEL:
        raise ApiError(Refusal.MISSING_ACCESS)
    if any(not allowed & one for one in needed):
        raise ApiError(Refusal.MISSING_PERMISSIONS)
    return channel


def message_of(request: ApiRequest, channel: Channel) -> Message:
    """The message of a channel that a request names; one that only its reader sees is not in the channel."""
    message = channel.messages.get(request.id("message_id"))
    if message is None or message.private_to is not None:
        raise ApiError(Refusal.UNKNOWN_MESSAGE)
    return message


def check_files(channel: Channel, files: list[Upload]) -> None:
    """Refuse files that are larger than a channel's server takes."""
    limit = channel.guild.file_limit if channel.guild else 10 * MEBIBYTE
    if any(len(file.data) > limit for file in files):
        raise ApiError(Refusal.TOO_LARGE)
