"""What the web page shows: channels, commands and messages, as one person sees them."""

from __future__ import annotations

from itertools import islice

from playground.context import Context
from playground.model import Channel, Interaction, Message, User
from playground.people import needed
from playground.permissions import MODERATOR, Permission, in_channel, in_guild
from playground.wire import Json

_COUNTED = 50


class View:
    """One person's view of the world, as JSON for the page."""

    def __init__(self, context: Context, user: User) -> None:
        self.context = context
        self.user = user

    def standing(self) -> Json:
        """What hangs on the roles there are and on who has them."""
        context = self.context
        return {
            "me": person(context, self.user),
            "people": [person(context, user) for user in context.world.users.values() if user.listed],
            "roles": [
                {
                    "id": str(role.id),
                    "name": role.name,
                    "mentionable": role.mentionable,
                    "color": f"#{role.color:06x}" if role.color else None,
                }
                for role in sorted(context.guild.roles.values(), key=lambda role: -role.position)
            ],
            "channels": self.channels(),
            "commands": self.commands(),
            "translated": self.translated(),
            "spoken": {"me": self.user.locale, "server": context.guild.locale},
        }

    def channels(self) -> list[Json]:
        """The channels that this person may see, the bot's conversation with them last."""
        found = [one for one in self.context.guild.channels.values() if self.may_see(one)]
        dm = self.context.world.dms.get(self.user.id)
        private = [one for one in self.context.world.channels.values() if self.user in one.others]
        return [self.channel(one) for one in (*found, *([dm] if dm else []), *private)]

    def commands(self) -> list[Json]:
        """The commands that this person is shown; an administrator may have let everybody have them."""
        guild = self.context.guild
        seen, member = self.context.commands.seen_in(guild.id), guild.members.get(self.user.id)
        if member is None or self.context.world.application.open_to_everybody:
            held = ~0
        else:
            held = int(in_guild(guild, member))
        return [_described(one, self.user.locale) for one in seen if not needed(one) & ~held]

    def translated(self) -> list[str]:
        """The languages that the bot has registered texts of commands in: what else it says is in them as well."""
        seen = self.context.commands.seen_in(self.context.guild.id)
        spoken = {locale for one in seen for locale in one.get("description_localizations") or ()}
        return sorted(spoken)

    def may_see(self, channel: Channel) -> bool:
        if channel.is_dm:
            return self.user in (channel.recipient, *channel.others)
        return bool(in_channel(channel, self.user.id) & Permission.VIEW_CHANNEL)

    def sees(self, message: Message) -> bool:
        return message.private_to in (None, self.user) and self.may_see(message.channel)

    def message(self, message: Message) -> Json:
        context, thread = self.context, message.thread
        return {
            "id": str(message.id),
            "channel": str(message.channel.id),
            "author": person(context, message.author),
            "at": int(message.created_at * 1000),
            "edited": message.edited,
            "content": message.content,
            "flags": message.flags,
            "loading": message.loading,
            "pinged": self._pinged(message),
            "ephemeral": message.ephemeral,
            "components": context.payloads.components(message),
            "attachments": [context.store.payload(file) for file in message.attachments],
            "interaction": self._used(message.interaction),
            "reply_to": str(message.reply_to.id) if message.reply_to else None,
            "reply": self._quoted(message.reply_to),
            "forward": message.forward,
            "embeds": message.embeds,
            "stickers": list(message.stickers),
            "thread": self.channel(thread) if thread and thread.id in context.world.channels else None,
            "mentions": {str(user.id): user.display for user in context.world.users.values()},
            "roles": {str(role.id): role.name for role in context.guild.roles.values()},
        }

    def channel(self, channel: Channel) -> Json:
        """A channel; a conversation goes by the names of those whom this person has it with."""
        company = [self.context.world.bot] if channel.recipient else [one for one in channel.others if one != self.user]
        return {
            "id": str(channel.id),
            "name": ", ".join(user.display for user in company) or channel.name,
            "nsfw": channel.nsfw,
            "topic": channel.topic,
            "kind": "thread" if channel.is_thread else "dm" if channel.is_dm else "text",
            "type": channel.kind,
            "context": 2 if channel.others else 1 if channel.is_dm else 0,
            "parent": str(channel.parent_id) if channel.parent_id else None,
            "private": self._private(channel),
            "last": str(channel.last_message_id) if channel.last_message_id else None,
            "pings": [str(one.id) for one in _newest(channel) if self._pinged(one)],
            "archived": channel.archived,
            "locked": channel.locked,
            "count": channel.sent,
        }

    def _pinged(self, message: Message) -> bool:
        """Whether a message notifies this person."""
        if message.author is self.user or message.private_to is not None:
            return False
        if message.channel.guild is None:
            return True
        member, pings = message.channel.guild.members.get(self.user.id), message.pings
        return self.user in pings.users or pings.everyone or bool(member and member.roles & {*pings.roles})

    def _private(self, channel: Channel) -> bool:
        """Whether not everyone in the server may see a channel."""
        guild = channel.guild
        everyone = channel.overwrites.get(guild.id) if guild else None
        return bool(everyone and everyone.deny & Permission.VIEW_CHANNEL)

    def _used(self, asked: Interaction | None) -> Json | None:
        """The line above the answer to a command."""
        if asked is None or not asked.name or asked.message is not None:
            return None
        slash = "/" if asked.data.get("type", 1) == 1 else ""
        return {"name": slash + asked.name, "user": person(self.context, asked.user)}

    def _quoted(self, replied: Message | None) -> Json | None:
        """The words of the message that was replied to, for the line above the reply: whole, as the page cuts them.

        What is cut before it is rendered may end amid a mention, or bare a spoiler that never closes.
        """
        if replied is None:
            return None
        if replied.deleted or not self.sees(replied):
            return {"id": str(replied.id), "gone": True}
        files = bool(replied.files)
        return {
            "id": str(replied.id),
            "author": person(self.context, replied.author),
            "text": replied.text,
            "picture": bool(replied.pictures),
            "file": files,
        }


def _described(node: Json, locale: str) -> Json:
    """A command, option or choice as clients in a language show it; `shown` is its name there, `name` what is sent."""
    told = node | {"shown": _translated(node, "name", locale) or node["name"]}
    if words := _translated(node, "description", locale):
        told["description"] = words
    for key in ("options", "choices"):
        if below := node.get(key):
            told[key] = [_described(one, locale) for one in below]
    return told


def _translated(node: Json, key: str, locale: str) -> str | None:
    """A text in a language, if the bot has registered it."""
    translations: Json = node.get(f"{key}_localizations") or {}
    return translations.get(locale)


def _newest(channel: Channel) -> list[Message]:
    """The last messages of a channel, newest first: as many as unread mentions are counted in."""
    return list(islice(reversed(channel.messages.values()), _COUNTED))


def person(context: Context, user: User) -> Json:
    """Somebody, as the page shows them."""
    member = context.guild.members.get(user.id)
    granted = {role.permissions for role in context.guild.roles.values() if member and role.id in member.roles}
    return {
        "id": str(user.id),
        "name": user.name,
        "display": user.display,
        "color": f"#{user.color:06x}",
        "avatar": user.display[:1],
        "bot": user.bot,
        "moderator": any(bits & MODERATOR == MODERATOR for bits in granted),
    }
