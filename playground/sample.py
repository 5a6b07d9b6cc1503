"""The sample community: three servers, their channels and the people in them."""

from __future__ import annotations

from dataclasses import dataclass

from playground.model import Channel, Guild, Overwrite, User
from playground.permissions import BOT, EVERYONE, MODERATOR, Permission
from playground.world import World

TOPIC = "Pictures: /imagine makes one. Out of credits? Morgan, who moderates here, can give more: /moderate grant"
STAFF_TOPIC = "For moderators only: what happens in this server can be told here, see /settings log-channel"


@dataclass(frozen=True, slots=True)
class Sample:
    """What the sample community consists of."""

    moderator: User
    alice: User
    bob: User
    guild: Guild
    channel: Channel
    other_channel: Channel
    nsfw_channel: Channel
    staff_channel: Channel
    """Seen by moderators and the bot alone."""
    second_guild: Guild
    """A further server that the bot is in, without Bob."""
    second_channel: Channel
    elsewhere: Guild
    """A server where only its users have installed the bot."""
    elsewhere_channel: Channel
    private_channel: Channel
    """A conversation of Alice and Bob, without the bot."""


def fill(world: World) -> Sample:
    """Put the sample community into an empty world."""
    moderator = world.add_user("mod", "Morgan", color=0xB86F52)
    alice = world.add_user("alice", "Alice", color=0x5E8FB5)
    bob = world.add_user("bob", "Bob", color=0x7B9E6B)
    # The moderator must not own the server: an owner may do everything, and would hide missing rights.
    owner = world.add_user("owner", "Olivia", listed=False)
    world.application.owner = moderator

    guild = world.add_guild("Atelier Playground", owner, EVERYONE)
    moderators = world.add_role(guild, "Moderators", MODERATOR, color=0xB86F52)
    own = world.add_role(guild, "Atelier", BOT, managed_by=world.bot.id)
    world.add_member(guild, moderator, moderators)
    world.add_member(guild, alice)
    world.add_member(guild, bob)
    world.add_member(guild, world.bot, own)
    channel = world.add_channel(guild, "pictures", topic=TOPIC)
    other_channel = world.add_channel(guild, "lounge")
    nsfw_channel = world.add_channel(guild, "after-dark", nsfw=True)
    shown = {guild.id: Overwrite(0, deny=Permission.VIEW_CHANNEL)}
    shown |= {role.id: Overwrite(0, allow=Permission.VIEW_CHANNEL) for role in (moderators, own)}
    staff_channel = world.add_channel(guild, "moderators", topic=STAFF_TOPIC, overwrites=shown)

    second_guild = world.add_guild("Second Server", owner, EVERYONE)
    own = world.add_role(second_guild, "Atelier", BOT, managed_by=world.bot.id)
    for user in (moderator, alice):
        world.add_member(second_guild, user)
    world.add_member(second_guild, world.bot, own)
    second_channel = world.add_channel(second_guild, "sketches")

    elsewhere = world.add_guild("Another Server", owner, EVERYONE)
    for user in (alice, bob):
        world.add_member(elsewhere, user)
    elsewhere_channel = world.add_channel(elsewhere, "general")
    private_channel = world.private_between(alice, bob)
    return Sample(
        moderator,
        alice,
        bob,
        guild,
        channel,
        other_channel,
        nsfw_channel,
        staff_channel,
        second_guild,
        second_channel,
        elsewhere,
        elsewhere_channel,
        private_channel,
    )
