"""The world as JSON, in Discord's own shapes."""

from __future__ import annotations

from datetime import UTC, datetime

from playground import components
from playground.attachments import MEBIBYTE, AttachmentStore
from playground.interactions import metadata, owners
from playground.model import HAS_THREAD, Channel, Guild, Interaction, Member, Message, Role, User
from playground.permissions import in_channel, of_app
from playground.snowflakes import parse
from playground.wire import Json
from playground.world import World

_ONLY_IN_GATEWAY = {
    "channels",
    "threads",
    "members",
    "member_count",
    "joined_at",
    "large",
    "unavailable",
    "presences",
    "voice_states",
    "stage_instances",
    "guild_scheduled_events",
    "soundboard_sounds",
}

ONLY_AT_FIRST = {
    *("channels", "threads", "members", "member_count", "joined_at", "large", "unavailable", "presences"),
    *("voice_states", "stage_instances", "guild_scheduled_events", "soundboard_sounds"),
}
"""What a bot is told of a server when it comes, and not again when the server changes."""


class Payloads:
    """Gives each thing as Discord would."""

    def __init__(self, world: World, store: AttachmentStore) -> None:
        self._world = world
        self._store = store

    def user(self, user: User) -> Json:
        return {
            "id": str(user.id),
            "username": user.name,
            "global_name": None if user.bot else user.display,
            "discriminator": "0000" if user.bot else "0",
            "avatar": None,
            "primary_guild": None,
            "bot": user.bot,
            "public_flags": 0,
            "flags": 0,
        }

    def member(self, member: Member, *, with_user: bool = True) -> Json:
        body: Json = {
            "roles": [str(role) for role in member.roles],
            "nick": member.nick,
            "avatar": None,
            "joined_at": iso(member.joined_at),
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
            "communication_disabled_until": None,
        }
        return body | {"user": self.user(member.user)} if with_user else body

    def role(self, role: Role) -> Json:
        return {
            "id": str(role.id),
            "name": role.name,
            "permissions": str(role.permissions),
            "position": role.position,
            "color": role.color,
            "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": role.managed_by is not None,
            "mentionable": role.mentionable,
            "flags": 0,
            "icon": None,
            "unicode_emoji": None,
        }

    def channel(self, channel: Channel) -> Json:
        body: Json = {
            "id": str(channel.id),
            "type": channel.kind,
            "name": channel.name,
            "last_message_id": str(channel.last_message_id) if channel.last_message_id else None,
            "flags": 0,
        }
        if channel.is_dm:
            recipients = [self.user(channel.recipient)] if channel.recipient else []
            return {key: value for key, value in body.items() if key != "name"} | {"recipients": recipients}
        body |= {
            "guild_id": str(channel.guild.id) if channel.guild else None,
            "parent_id": str(channel.parent_id) if channel.parent_id else None,
            "rate_limit_per_user": 0,
        }
        if channel.is_thread:
            return body | {
                "owner_id": str(channel.owner_id),
                "message_count": channel.sent,
                "total_message_sent": channel.sent,
                "member_count": 1,
                "thread_metadata": {
                    "archived": channel.archived,
                    "locked": channel.locked,
                    "auto_archive_duration": channel.auto_archive_minutes,
                    "archive_timestamp": iso(channel.archive_changed_at or channel.created_at),
                    "create_timestamp": iso(channel.created_at),
                },
            }
        return body | {
            "nsfw": channel.nsfw,
            "position": channel.position,
            "topic": channel.topic,
            "permission_overwrites": [
                {"id": str(target), "type": one.kind, "allow": str(one.allow), "deny": str(one.deny)}
                for target, one in channel.overwrites.items()
            ],
        }

    def guild(self, guild: Guild) -> Json:
        """The guild as GUILD_CREATE brings it; of its members only the bot, as without the privileged intent."""
        bot = guild.members.get(self._world.bot.id)
        channels = [channel for channel in guild.channels.values() if not channel.is_thread]
        return {
            "id": str(guild.id),
            "name": guild.name,
            "owner_id": str(guild.owner_id),
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "banner": None,
            "description": None,
            "features": [],
            "emojis": [],
            "stickers": [],
            "roles": [self.role(role) for role in guild.roles.values()],
            "channels": [self.channel(channel) for channel in channels],
            "threads": [self.channel(channel) for channel in guild.channels.values() if channel.is_thread],
            "members": [self.member(bot)] if bot else [],
            "member_count": len(guild.members),
            "joined_at": iso(bot.joined_at if bot else guild.created_at),
            "large": False,
            "unavailable": False,
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "preferred_locale": guild.locale,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            "verification_level": 1,
            "default_message_notifications": 1,
            "explicit_content_filter": 2,
            "mfa_level": 0,
            "nsfw_level": 0,
            "nsfw": False,
            "afk_channel_id": None,
            "afk_timeout": 300,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "safety_alerts_channel_id": None,
            "vanity_url_code": None,
            "application_id": None,
            "max_members": 500000,
            "region": "deprecated",
            "hub_type": None,
        }

    def guild_resource(self, guild: Guild) -> Json:
        """The guild as a GET of it brings it."""
        body = {key: value for key, value in self.guild(guild).items() if key not in _ONLY_IN_GATEWAY}
        return body | {
            "home_header": None,
            "widget_enabled": False,
            "widget_channel_id": None,
            "max_presences": None,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "incidents_data": None,
        }

    def message(self, message: Message, *, in_gateway: bool = False) -> Json:
        """A message; through the gateway, of strangers' words only what needs no privileged intent."""
        bot = self._world.bot
        readable = not in_gateway or message.author is bot or message.channel.is_dm or bot in message.pings.users
        body: Json = {
            "id": str(message.id),
            "type": message.type,
            "channel_id": str(message.channel.id),
            "author": self.user(message.author),
            "content": message.content if readable else "",
            "embeds": message.embeds if readable else [],
            "attachments": [self._store.payload(file) for file in message.attachments] if readable else [],
            "components": self.components(message) if readable else [],
            "mentions": [self.user(user) for user in message.pings.users],
            "mention_roles": [str(role) for role in message.pings.roles],
            "mention_everyone": message.pings.everyone,
            "timestamp": iso(message.created_at),
            "edited_timestamp": iso(message.edited_at) if message.edited_at else None,
            "flags": message.flags | (HAS_THREAD if message.thread else 0),
            "pinned": False,
            "tts": False,
        }
        if message.nonce is not None:
            body["nonce"] = message.nonce
        if message.author is bot:
            body["application_id"] = str(self._world.application.id)
        if message.interaction is not None:
            body["webhook_id"] = str(self._world.application.id)
            body["interaction_metadata"] = metadata(
                message.interaction, self.user(message.interaction.user), self._world
            )
        if message.reference is not None:
            body["message_reference"] = message.reference
        if message.forward is not None:
            body["message_snapshots"] = [{"message": self._refreshed(message.forward)}] if readable else []
        elif message.reference is not None:
            replied = message.reply_to
            body["referenced_message"] = self.message(replied) if replied and not replied.deleted else None
        if message.stickers:
            body["sticker_items"] = [
                {"id": str(message.id + number), "name": name, "format_type": 1}
                for number, name in enumerate(message.stickers, start=1)
            ]
        if message.thread is not None:
            body["thread"] = self.channel(message.thread)
        if in_gateway and message.channel.guild:
            body["guild_id"] = str(message.channel.guild.id)
            author = message.channel.guild.members.get(message.author.id)
            if author:
                body["member"] = self.member(author, with_user=False)
        return body

    def snapshot(self, message: Message) -> Json:
        """A message as a forward carries it: what it shows, not who said it; of a forward, what that carries."""
        if message.forward is not None:
            return message.forward
        kept = ("type", "content", "embeds", "attachments", "components", "mentions", "mention_roles", "timestamp")
        whole = self.message(message)
        stickers = ("sticker_items",) if message.stickers else ()
        return {key: whole[key] for key in (*kept, *stickers, "edited_timestamp", "flags")}

    def _refreshed(self, snapshot: Json) -> Json:
        """A snapshot with fresh addresses for those of its files that are still kept."""

        def attached(old: Json) -> Json:
            file = self._store.get(parse(old["id"]) or 0)
            return self._store.payload(file) if file else old

        def show(old: Json) -> Json:
            file = self._store.get(parse(old.get("attachment_id")) or 0)
            return self._store.media(file) if file else old

        shown = components.render(snapshot["components"], show)
        return snapshot | {"attachments": [attached(old) for old in snapshot["attachments"]], "components": shown}

    def components(self, message: Message) -> list[Json]:
        """The message's components, with fresh addresses."""
        files = {str(file.id): file for file in message.files}

        def show(media: Json) -> Json:
            file = files.get(media.get("attachment_id", ""))
            return self._store.media(file) if file else media | {"proxy_url": media.get("url")}

        return components.render(message.components, show)

    def interaction(self, interaction: Interaction) -> Json:
        """INTERACTION_CREATE's data."""
        channel, user = interaction.channel, interaction.user
        guild = channel.guild
        permissions = str(int(in_channel(channel, user.id)))
        installed, context = owners(interaction, self._world)
        body: Json = {
            "id": str(interaction.id),
            "application_id": str(self._world.application.id),
            "type": interaction.kind,
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": str(channel.id),
            "channel": self.channel(channel) | {"permissions": permissions},
            "app_permissions": str(int(of_app(channel, self._world.bot.id))),
            "locale": user.locale,
            "entitlements": [],
            "attachment_size_limit": guild.file_limit if guild else 10 * MEBIBYTE,
            "context": context,
            "authorizing_integration_owners": installed,
        }
        if guild is None:
            body["user"] = self.user(user)
        else:
            body |= {
                "guild_id": str(guild.id),
                "guild_locale": guild.locale,
                "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
                "member": self.member(guild.members[user.id]) | {"permissions": permissions},
            }
        if interaction.message is not None:
            body["message"] = self.message(interaction.message)
        return body


def iso(seconds: float) -> str:
    """A moment as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
