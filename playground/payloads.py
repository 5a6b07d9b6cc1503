"""Payloads: the world's objects as the JSON that Discord sends, through the gateway and over HTTP."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from playground import components
from playground.attachments import AttachmentStore
from playground.messages import (
    CHAT_INPUT_COMMAND,
    CONTEXT_MENU_COMMAND,
    HAS_THREAD,
    Message,
)
from playground.permissions import in_channel
from playground.world import Channel, Guild, Member, Role, User, World

Json = dict[str, Any]


def iso(seconds: float) -> str:
    """A time as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


@lru_cache(maxsize=1024)
def user(of: User) -> Json:
    """Discord's user object; not to be changed by who receives it."""
    body: Json = {
        "id": str(of.id),
        "username": of.name,
        "global_name": None if of.bot else of.display,
        "avatar": None,
        "discriminator": "0001" if of.bot else "0",
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }
    return body | {"bot": True} if of.bot else body


def role(of: Role) -> Json:
    """Discord's role object."""
    body: Json = {
        "id": str(of.id),
        "name": of.name,
        "permissions": str(of.permissions),
        "position": of.position,
        "color": of.color,
        "colors": {"primary_color": of.color, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": of.managed_by is not None,
        "mentionable": of.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return body | {"tags": {"bot_id": str(of.managed_by)}} if of.managed_by else body


def member(of: Member, *, with_user: bool = True) -> Json:
    """Discord's guild member object."""
    body: Json = {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": iso(of.joined_at),
        "nick": of.nick,
        "pending": False,
        "premium_since": None,
        "roles": [str(role_id) for role_id in of.roles],
        "deaf": False,
        "mute": False,
    }
    return body | {"user": user(of.user)} if with_user else body


def channel(of: Channel) -> Json:
    """Discord's channel object, of each kind."""
    body: Json = {
        "id": str(of.id),
        "type": of.kind,
        "flags": 0,
        "last_message_id": str(of.last_message_id) if of.last_message_id else None,
    }
    if of.recipient:
        return body | {"recipients": [user(of.recipient)]}
    body |= {
        "guild_id": str(of.guild.id) if of.guild else None,
        "name": of.name,
        "parent_id": str(of.parent_id) if of.parent_id else None,
        "rate_limit_per_user": 0,
    }
    return body | (_thread_traits(of) if of.is_thread else _text_traits(of))


def _text_traits(of: Channel) -> Json:
    return {
        "topic": None,
        "position": of.position,
        "nsfw": of.nsfw,
        "permission_overwrites": [
            {"id": str(target), "type": o.kind, "allow": str(o.allow), "deny": str(o.deny)}
            for target, o in of.overwrites.items()
        ],
    }


def _thread_traits(of: Channel) -> Json:
    created = iso(of.created_at)
    return {
        "owner_id": str(of.owner_id),
        "message_count": of.sent,
        "total_message_sent": of.sent,
        "member_count": 1,
        "thread_metadata": {
            "archived": of.archived,
            "archive_timestamp": created,
            "create_timestamp": created,
            "auto_archive_duration": of.auto_archive_minutes,
            "locked": of.locked,
        },
    }


class Payloads:
    """The payloads that need more than the object itself: fresh addresses, and what the bot may read."""

    def __init__(self, world: World, store: AttachmentStore, *, content_intent: bool) -> None:
        self._world = world
        self._store = store
        self._content_intent = content_intent

    def readable(self, message: Message) -> bool:
        """Whether the bot may read a message: all with the privileged intent, else its own, mentions and DMs."""
        bot = self._world.bot
        return (
            self._content_intent or message.author is bot or message.channel.is_dm or bot in message.pings.users
        )

    def message(self, of: Message, *, full: bool = False, nested: bool = True) -> Json:
        """Discord's message object as the bot sees it, or in `full` (a command's target, the page)."""
        full = full or self.readable(of)
        flags = of.flags | (HAS_THREAD if of.thread else 0)
        body: Json = {
            "id": str(of.id),
            "channel_id": str(of.channel.id),
            "type": of.type,
            "author": user(of.author),
            "content": of.content if full else "",
            "embeds": of.embeds if full else [],
            "attachments": [self._store.payload(file) for file in of.attachments] if full else [],
            "components": components.render(of.components, self._media(of)) if full else [],
            "mentions": [user(pinged) for pinged in of.pings.users],
            "mention_roles": [str(role_id) for role_id in of.pings.roles],
            "mention_everyone": of.pings.everyone,
            "timestamp": iso(of.created_at),
            "edited_timestamp": iso(of.edited_at) if of.edited_at is not None else None,
            "flags": flags,
            "pinned": False,
            "tts": False,
        }
        if of.nonce is not None:
            body["nonce"] = of.nonce
        if of.thread:
            body["thread"] = channel(of.thread)
        if of.interaction:
            body |= self._origin(of)
        if of.reference:
            body["message_reference"] = of.reference
            if nested and of.reply_to:
                gone = of.reply_to.deleted
                body["referenced_message"] = None if gone else self.message(of.reply_to, full=full and of.author.bot, nested=False)
        return body

    def dispatched(self, of: Message) -> Json:
        """A message as a gateway event carries it: with its guild and its author's membership."""
        body = self.message(of)
        guild = of.channel.guild
        if guild:
            body["guild_id"] = str(guild.id)
            membership = guild.members.get(of.author.id)
            if membership:
                body["member"] = member(membership, with_user=False)
        body["channel_type"] = of.channel.kind
        return body

    def attachment(self, of: Any) -> Json:
        return self._store.payload(of)

    def guild(self, of: Guild) -> Json:
        """Discord's guild object, as HTTP gives it."""
        return {
            "id": str(of.id),
            "name": of.name,
            "owner_id": str(of.owner_id),
            "roles": [role(r) for r in of.roles.values()],
            "emojis": [],
            "stickers": [],
            "features": [],
            "preferred_locale": of.locale,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            "verification_level": 0,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw": False,
            "nsfw_level": 0,
            "afk_timeout": 300,
            "region": "deprecated",
            "system_channel_flags": 0,
            "widget_enabled": False,
            "max_presences": None,
            "max_members": 500_000,
            "max_video_channel_users": 25,
            "max_stage_video_channel_users": 50,
            "incidents_data": None,
        } | dict.fromkeys(
            (
                "icon description home_header splash discovery_splash banner application_id afk_channel_id "
                "system_channel_id widget_channel_id vanity_url_code rules_channel_id safety_alerts_channel_id "
                "public_updates_channel_id"
            ).split()
        )

    def guild_create(self, of: Guild) -> Json:
        """A guild as GUILD_CREATE carries it, with what is in it that the bot can see."""
        bot = self._world.bot
        visible = [c for c in of.channels.values() if in_channel(c, bot.id)]
        me = of.members.get(bot.id)
        return self.guild(of) | {
            "joined_at": iso(me.joined_at) if me else None,
            "large": False,
            "unavailable": False,
            "member_count": len(of.members),
            "members": [member(me)] if me else [],
            "channels": [channel(c) for c in visible if not c.is_thread],
            "threads": [channel(c) for c in visible if c.is_thread and not c.archived],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def _media(self, of: Message) -> Any:
        by_id = {str(file.id): file for file in of.files}

        def show(media: Json) -> Json:
            file = by_id.get(media.get("attachment_id", ""))
            if file:
                return self._store.media(file)
            url = media.get("url", "")
            return {"id": str(of.id), "url": url, "proxy_url": url, "width": None, "height": None, "content_type": None}

        return show

    def _origin(self, of: Message) -> Json:
        """The fields that say which interaction a message answers."""
        interaction = of.interaction
        assert interaction is not None  # noqa: S101 - the caller has looked
        origin: Json = {
            "application_id": str(self._world.application_id),
            "webhook_id": str(self._world.application_id),
            "interaction_metadata": interaction.metadata(user(interaction.user)),
        }
        if of.type in (CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND):
            origin["interaction"] = {
                "id": str(interaction.id),
                "type": 2,
                "name": interaction.command_name,
                "user": user(interaction.user),
            }
        return origin
