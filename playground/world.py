"""The state of this Discord: everything in `model` found by its id, and an event for each change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from playground.model import (
    DM,
    PUBLIC_THREAD,
    TEXT,
    Application,
    Channel,
    Guild,
    Member,
    Message,
    Overwrite,
    Role,
    User,
)
from playground.snowflakes import Snowflakes

__all__ = ["Channel", "Event", "Guild", "Member", "Message", "Overwrite", "Role", "User", "World"]


APPLICATION_ID = 1_310_000_000_000_000_000
"""The same at every start: a database outlives this Discord, and says whose its jobs are."""


@dataclass(slots=True, frozen=True)
class Event:
    """Something that happened, under Discord's name for it (`MESSAGE_CREATE`), or ours in lower case."""

    name: str
    subject: Any


class World:
    """Everything there is, found by id; every change is told to the subscribers, in order."""

    def __init__(
        self, clock: Callable[[], float], snowflakes: Snowflakes, application_id: int = APPLICATION_ID
    ) -> None:
        self.clock = clock
        self.snowflakes = snowflakes
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.dms: dict[int, Channel] = {}
        self.bot = self.add_user("atelier", "Atelier", color=0xC2571A, bot=True, listed=False)
        # An application's id differs from its bot's where it is old enough: who mixes them up shall notice.
        self.application = Application(application_id, owner=self.bot)
        self._subscribers: list[Callable[[Event], None]] = []

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Have `listener` called with every event; the function that is returned ends it."""
        self._subscribers.append(listener)
        return lambda: self._subscribers.remove(listener)

    def emit(self, name: str, subject: Any) -> None:
        """Tell every subscriber, in the order they came."""
        event = Event(name, subject)
        for listener in tuple(self._subscribers):
            listener(event)

    def add_user(
        self, name: str, display: str, *, color: int = 0x5865F2, bot: bool = False, listed: bool = True
    ) -> User:
        user = User(self.snowflakes.next(), name, display, color, bot, listed)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, owner: User, everyone: int) -> Guild:
        """A guild with its owner and the role of everyone."""
        guild = Guild(self.snowflakes.next_guild(), name, owner.id, self.clock())
        guild.roles[guild.id] = Role(guild.id, "@everyone", int(everyone), position=0)
        self.guilds[guild.id] = guild
        self.add_member(guild, owner)
        return guild

    def add_member(self, guild: Guild, user: User, *roles: Role) -> Member:
        member = Member(user, self.clock(), {role.id for role in roles})
        guild.members[user.id] = member
        return member

    def add_role(
        self,
        guild: Guild,
        name: str,
        permissions: int = 0,
        *,
        color: int = 0,
        managed_by: int | None = None,
        mentionable: bool = False,
    ) -> Role:
        role = Role(
            self.snowflakes.next(),
            name,
            int(permissions),
            position=1 + max(one.position for one in guild.roles.values()),
            color=color,
            managed_by=managed_by,
            mentionable=mentionable,
        )
        guild.roles[role.id] = role
        return role

    def add_channel(
        self,
        guild: Guild,
        name: str,
        *,
        nsfw: bool = False,
        topic: str | None = None,
        overwrites: dict[int, Overwrite] | None = None,
    ) -> Channel:
        """A text channel, announced."""
        channel = Channel(
            self.snowflakes.next(),
            TEXT,
            name,
            guild,
            nsfw=nsfw,
            topic=topic,
            position=len(guild.channels),
            created_at=self.clock(),
            overwrites=overwrites or {},
        )
        self._place(channel)
        self.emit("CHANNEL_CREATE", channel)
        return channel

    def change_channel(self, channel: Channel, *, name: str | None = None, nsfw: bool | None = None) -> None:
        """Rename a channel, or set or lift its age restriction, which its threads share; announced."""
        channel.name = channel.name if name is None else name
        channel.nsfw = channel.nsfw if nsfw is None else nsfw
        for thread in self.threads(channel.guild):
            if thread.parent_id == channel.id:
                thread.nsfw = channel.nsfw
        self.emit("CHANNEL_UPDATE", channel)

    def speak(self, who: User | Guild, locale: str) -> None:
        """Set the language of somebody's client, or what a server says of its own; the bot hears of a server's."""
        who.locale = locale
        self.emit("GUILD_UPDATE" if isinstance(who, Guild) else "locale", who)

    def add_thread(
        self,
        parent: Channel,
        name: str,
        owner: User,
        *,
        from_message: Message | None = None,
        archive_minutes: int = 1440,
    ) -> Channel:
        """A public thread, announced; one that grows from a message has that message's id."""
        thread = Channel(
            from_message.id if from_message else self.snowflakes.next(),
            PUBLIC_THREAD,
            name,
            parent.guild,
            nsfw=parent.nsfw,
            parent_id=parent.id,
            owner_id=owner.id,
            created_at=self.clock(),
            archive_changed_at=self.clock(),
            auto_archive_minutes=archive_minutes,
        )
        self._place(thread)
        self.emit("THREAD_CREATE", thread)
        if from_message:
            from_message.thread = thread
            self.emit("MESSAGE_UPDATE", from_message)
        return thread

    def archive(self, thread: Channel, archived: bool, *, locked: bool | None = None) -> None:
        """Archive a thread or wake it, announced; `locked` is left as it is unless it is given."""
        if thread.archived != archived:
            thread.archived, thread.archive_changed_at = archived, self.clock()
        thread.locked = thread.locked if locked is None else locked
        self.emit("THREAD_UPDATE", thread)

    def dm_with(self, user: User) -> Channel:
        """The bot's conversation with a user, which begins here if there is none."""
        channel = self.dms.get(user.id)
        if channel is None:
            channel = Channel(self.snowflakes.next(), DM, user.display, recipient=user, created_at=self.clock())
            self.dms[user.id] = self.channels[channel.id] = channel
            self.emit("dm_open", channel)
        return channel

    def private_between(self, one: User, other: User) -> Channel:
        """A conversation of two people, without the bot."""
        names = f"{one.display}, {other.display}"
        channel = Channel(self.snowflakes.next(), DM, names, others=(one, other), created_at=self.clock())
        self.channels[channel.id] = channel
        return channel

    def remove_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads and messages."""
        for thread in [c for c in self.threads(channel.guild) if c.parent_id == channel.id]:
            self.remove_channel(thread)
        for message in channel.messages.values():
            self.messages.pop(message.id, None)
        # A thread that grew from a message has that message's id.
        if channel.is_thread and (starter := self.messages.get(channel.id)):
            starter.thread = None
        self.channels.pop(channel.id, None)
        if channel.guild:
            channel.guild.channels.pop(channel.id, None)
        self.emit("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel)

    def threads(self, guild: Guild | None) -> Iterator[Channel]:
        """The threads of a guild."""
        return (channel for channel in (guild.channels.values() if guild else ()) if channel.is_thread)

    def bot_is_in(self, guild: Guild | None) -> bool:
        return guild is not None and self.bot.id in guild.members

    def _place(self, channel: Channel) -> None:
        self.channels[channel.id] = channel
        if channel.guild:
            channel.guild.channels[channel.id] = channel
