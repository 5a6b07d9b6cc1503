"""What this Discord consists of: users, servers, channels, messages, interactions, as plain state.

They refer to each other, therefore one module; who makes and changes them is `world`, `messages` and `interactions`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from playground import components
from playground.attachments import MEBIBYTE, Attachment
from playground.modals import Modal
from playground.wire import Json

TEXT, DM, PUBLIC_THREAD = 0, 1, 11
"""Kinds of channels."""

SUPPRESS_EMBEDS, HAS_THREAD, EPHEMERAL, LOADING = 1 << 2, 1 << 5, 1 << 6, 1 << 7
SILENT, HAS_SNAPSHOT, COMPONENTS_V2 = 1 << 12, 1 << 14, 1 << 15
"""Flags of messages."""

DEFAULT, REPLY, CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND = 0, 19, 20, 23
"""Types of messages."""


@dataclass(slots=True, eq=False)
class User:
    """An account; `listed` are those that a visitor of the page may be."""

    id: int
    name: str
    display: str
    color: int = 0x5865F2
    bot: bool = False
    listed: bool = True
    accepts_dms: bool = True
    locale: str = "en-US"

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Role:
    """A role; that of everyone has the guild's id."""

    id: int
    name: str
    permissions: int = 0
    position: int = 1
    color: int = 0
    managed_by: int | None = None
    mentionable: bool = False


@dataclass(slots=True, eq=False)
class Member:
    """A user in a guild."""

    user: User
    joined_at: float
    roles: set[int] = field(default_factory=set[int])
    nick: str | None = None


@dataclass(slots=True, frozen=True)
class Overwrite:
    """What a channel allows and denies to a role (kind 0) or a member (kind 1)."""

    kind: int
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, eq=False)
class Channel:
    """A text channel, a thread or a direct conversation, with its messages, oldest first."""

    id: int
    kind: int
    name: str
    guild: Guild | None = None
    nsfw: bool = False
    topic: str | None = None
    parent_id: int | None = None
    owner_id: int | None = None
    recipient: User | None = None
    others: tuple[User, ...] = ()
    """The two people of a conversation that the bot is not part of."""
    position: int = 0
    created_at: float = 0.0
    archived: bool = False
    locked: bool = False
    archive_changed_at: float = 0.0
    auto_archive_minutes: int = 1440
    sent: int = 0
    last_message_id: int | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict[int, Overwrite])
    messages: dict[int, Message] = field(default_factory=dict[int, "Message"])

    @property
    def is_thread(self) -> bool:
        return self.kind == PUBLIC_THREAD

    @property
    def is_dm(self) -> bool:
        return self.kind == DM

    @property
    def is_private(self) -> bool:
        """Whether it is a conversation of others, without the bot."""
        return bool(self.others)

    @property
    def people(self) -> tuple[User, ...]:
        """Who besides the bot takes part in a conversation."""
        return (self.recipient,) if self.recipient else self.others

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"


@dataclass(slots=True, eq=False)
class Guild:
    """A server; its threads stand among its channels."""

    id: int
    name: str
    owner_id: int
    created_at: float
    roles: dict[int, Role] = field(default_factory=dict[int, Role])
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    channels: dict[int, Channel] = field(default_factory=dict[int, Channel])
    locale: str = "en-US"
    file_limit: int = 10 * MEBIBYTE


@dataclass(slots=True, frozen=True)
class Pings:
    """Whom a message notifies: users, roles by id, or everyone."""

    users: tuple[User, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False


@dataclass(slots=True, eq=False)
class Message:
    """A message; the same object all its life, so what a test holds changes with it."""

    id: int
    channel: Channel
    author: User
    created_at: float
    type: int = DEFAULT
    content: str = ""
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    files: list[Attachment] = field(default_factory=list[Attachment])
    flags: int = 0
    pings: Pings = field(default_factory=Pings)
    edited_at: float | None = None
    private_to: User | None = None
    reply_to: Message | None = None
    reference: Json | None = None
    interaction: Interaction | None = None
    thread: Channel | None = None
    forward: Json | None = None
    """The message that was forwarded, as it was then."""
    stickers: tuple[str, ...] = ()
    nonce: str | int | None = None
    deleted: bool = False

    @property
    def edited(self) -> bool:
        return self.edited_at is not None

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it is still the “thinking …” of a deferred answer."""
        return bool(self.flags & LOADING)

    @property
    def is_v2(self) -> bool:
        return bool(self.flags & COMPONENTS_V2)

    @property
    def text(self) -> str:
        """All that can be read: the content, or every text display joined by newlines."""
        texts: list[str] = [
            self.content,
            *(c["content"] for c in components.walk(self.components) if c["type"] == components.TEXT),
        ]
        return "\n".join(text for text in texts if text)

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons, in order; a button without one is given by its emoji."""
        return [components.label_of(c) for c in components.walk(self.components) if c["type"] == components.BUTTON]

    @property
    def shown(self) -> list[Attachment]:
        """The attachments that components show, in the order they are shown."""
        by_id = {str(file.id): file for file in self.files}
        media = (item for c in components.walk(self.components) for item in components.media_of(c))
        return [by_id[item["attachment_id"]] for item in media if item.get("attachment_id") in by_id]

    @property
    def attachments(self) -> list[Attachment]:
        """The attachments that stand under the message: those that no component shows."""
        if not self.is_v2:
            return self.files
        shown = {file.id for file in self.shown}
        return [file for file in self.files if file.id not in shown]

    @property
    def pictures(self) -> list[Attachment]:
        """The pictures that a member sees, with their bytes, in order."""
        return [file for file in (self.shown if self.is_v2 else self.files) if file.is_picture]


@dataclass(slots=True, eq=False)
class Interaction:
    """What a person asked of the bot; the same object to the end, so what a test holds changes with it."""

    id: int
    kind: int
    user: User
    channel: Channel
    data: Json
    created_at: float
    name: str = ""
    message: Message | None = None
    """The message that the clicked component stands on."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(96))
    acknowledged: int | None = None
    """The type of the callback, once there was one."""
    original: Message | None = None
    """The message that `@original` means."""
    modal: Modal | None = None
    choices: list[Json] | None = None
    expired: bool = False
    follow_ups: int = 0

    @property
    def ephemeral(self) -> bool:
        """Whether the answer is for the caller alone."""
        return self.original is not None and self.original.ephemeral


@dataclass(slots=True, eq=False)
class Application:
    """The bot's application: whom it belongs to, and whether administrators have opened its commands to everybody."""

    id: int
    owner: User
    team: tuple[User, ...] = ()
    """The people of the application's team, its owner first; empty without a team."""
    open_to_everybody: bool = False
    shards: int = 1
    """How many shards Discord recommends; a session is told of the servers whose `(id >> 22) % shards` is its own."""
    max_concurrency: int = 1
    """Shards whose `id % max_concurrency` are equal identify one after the other."""
    identify_seconds: float = 0
    """How long after another of its kind an IDENTIFY is refused: with Discord 5, here no time unless a test says so."""
