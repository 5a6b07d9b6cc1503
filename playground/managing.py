"""What a server's owner and moderators do outside any conversation, for tests and for the page."""

from __future__ import annotations

from playground import roles
from playground.messages import Messages
from playground.model import Channel, Guild, Member, Message, Overwrite, Role, User
from playground.permissions import Permission, named
from playground.world import World


class Managing:
    """Helpers over a world, mixed into its Discord; each change is announced as Discord announces it."""

    world: World
    guild: Guild
    messages_of_world: Messages

    # Roles

    def create_role(
        self, name: str, permissions: int | str | Permission = 0, *, guild: Guild | None = None, color: int = 0
    ) -> Role:
        """A new role of a server (the playground's own, unless another is said), above all others."""
        bits = permissions if isinstance(permissions, int) else named(permissions)
        return roles.create(self.world, guild or self.guild, name, int(bits), color=color)

    def edit_role(self, role: Role, *, name: str | None = None, permissions: int | None = None) -> None:
        """Rename a role, or change what it allows."""
        roles.change(self.world, self._guild_of(role), role, name=name, permissions=permissions)

    def delete_role(self, role: Role) -> None:
        """Delete a role; whoever had it has it no more."""
        roles.delete(self.world, self._guild_of(role), role)

    def give_role(self, user: User, role: Role) -> None:
        """Give somebody a role."""
        roles.give(self.world, *self._membership(user, role), role)

    def take_role(self, user: User, role: Role) -> None:
        """Take a role from somebody."""
        roles.take(self.world, *self._membership(user, role), role)

    def _guild_of(self, role: Role) -> Guild:
        return next(guild for guild in self.world.guilds.values() if role.id in guild.roles)

    def _membership(self, user: User, role: Role) -> tuple[Guild, Member]:
        guild = self._guild_of(role)
        return guild, guild.members[user.id]

    # Channels and messages

    def create_channel(self, name: str, *, nsfw: bool = False, guild: Guild | None = None) -> Channel:
        """A new text channel."""
        return self.world.add_channel(guild or self.guild, name, nsfw=nsfw)

    def edit_channel(self, channel: Channel, *, name: str | None = None, nsfw: bool | None = None) -> None:
        """Rename a channel, or set or lift its age restriction."""
        self.world.change_channel(channel, name=name, nsfw=nsfw)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with all that is in it."""
        self.world.remove_channel(channel)

    def archive_thread(self, thread: Channel, *, locked: bool = False) -> None:
        """Archive a thread, as time or a moderator would."""
        self.world.archive(thread, True, locked=locked)

    def delete_message(self, message: Message) -> None:
        """Delete a message, as a moderator would."""
        self.messages_of_world.delete(message)

    def revoke_permission(self, channel: Channel, *permissions: str | Permission) -> None:
        """Deny the bot some permissions in a channel."""
        deny = 0
        for one in permissions:
            deny |= int(named(one))
        channel.overwrites[self.world.bot.id] = Overwrite(1, deny=deny)
        self.world.emit("CHANNEL_UPDATE", channel)
