"""Permissions: Discord's bits, and what a member may do in a channel."""

from enum import IntFlag

from playground.model import Channel, Guild, Member


class Permission(IntFlag):
    """The bits that this Discord acts on; others pass through untouched."""

    NONE = 0
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    USE_EXTERNAL_APPS = 1 << 50


ALL = Permission((1 << 53) - 1)

EVERYONE = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.USE_EXTERNAL_APPS
)
"""What a new server lets everybody do."""

MODERATOR = Permission.MANAGE_GUILD | Permission.MODERATE_MEMBERS | Permission.MANAGE_MESSAGES
BOT = EVERYONE & ~Permission.ADD_REACTIONS

IN_A_DM = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.MENTION_EVERYONE
)


def named(name: str | Permission) -> Permission:
    """A permission by its name in either case (`"send_messages"`), or as it is."""
    return name if isinstance(name, Permission) else Permission[name.upper()]


def in_guild(guild: Guild, member: Member) -> Permission:
    """What a member's roles allow, before any channel has its say."""
    if member.user.id == guild.owner_id:
        return ALL
    bits = guild.roles[guild.id].permissions
    for role_id in member.roles:
        bits |= guild.roles[role_id].permissions
    return ALL if bits & Permission.ADMINISTRATOR else Permission(bits)


def in_channel(channel: Channel, user_id: int) -> Permission:
    """What a user may do in a channel; nothing, for a stranger to its server."""
    guild = channel.guild
    if guild is None:
        return IN_A_DM
    member = guild.members.get(user_id)
    if member is None:
        return Permission.NONE
    base = in_guild(guild, member)
    if base == ALL:
        return ALL
    bits = _overwritten(_home(channel, guild), guild, member, int(base))
    if not bits & Permission.VIEW_CHANNEL:
        return Permission.NONE
    return Permission(bits)


def of_app(channel: Channel, bot_id: int) -> Permission:
    """What the bot may do in a channel; where only a user has installed it, what everyone may."""
    guild = channel.guild
    if guild is None or bot_id in guild.members:
        return in_channel(channel, bot_id)
    bits = guild.roles[guild.id].permissions
    everyone = _home(channel, guild).overwrites.get(guild.id)
    return Permission(bits & ~everyone.deny | everyone.allow if everyone else bits)


def _home(channel: Channel, guild: Guild) -> Channel:
    """The channel whose overwrites count: a thread has none of its own, but its parent's."""
    return guild.channels[channel.parent_id] if channel.is_thread and channel.parent_id else channel


def _overwritten(home: Channel, guild: Guild, member: Member, bits: int) -> int:
    """Discord's order: everyone, then all roles together, then the member."""
    everyone = home.overwrites.get(guild.id)
    if everyone:
        bits = bits & ~everyone.deny | everyone.allow
    allow = deny = 0
    for role_id in member.roles:
        overwrite = home.overwrites.get(role_id)
        if overwrite:
            allow |= overwrite.allow
            deny |= overwrite.deny
    bits = bits & ~deny | allow
    own = home.overwrites.get(member.user.id)
    return bits & ~own.deny | own.allow if own else bits


def speaking(channel: Channel) -> Permission:
    """The permission that sending needs in this kind of channel."""
    return Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
