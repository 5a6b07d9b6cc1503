"""People who use the bot at random: commands, clicks, replies."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field

from playground import LoopbackDiscord
from playground.attachments import Upload
from playground.commands import CommandError
from playground.errors import ApiError
from playground.messages import Message
from playground.model import Channel, User
from tests.chaos.history import Asked
from tests.standins.pictures import paint

_CLICKED = ("Cancel", "Cancel", "Cancel", "Reroll", "Vary", "V1", "Try again", "More", "Delete")
_LATELY = 25


@dataclass
class Crowd:
    """Three people in three channels and their direct messages."""

    discord: LoopbackDiscord
    rng: random.Random
    asked: list[Asked] = field(default_factory=list[Asked])

    async def act(self) -> None:
        """One of them does something; what is not possible just now is left."""
        with suppress(CommandError, ApiError):
            chance = self.rng.random()
            if chance < 0.55:
                await self._imagine()
            elif chance < 0.63:
                await self._edit()
            elif chance < 0.68:
                self._reply()
            else:
                await self._click()

    async def cancel(self) -> None:
        """Whoever waits gives up, if anybody does."""
        waiting = [one for one in self._lately() if "Cancel" in one.buttons]
        if waiting:
            with suppress(CommandError, ApiError):
                await self.discord.person(self.discord.moderator).click(waiting[-1], "Cancel")

    async def _imagine(self) -> None:
        user, channel = self._someone()
        model, count = self.rng.choice(("pro", "pro", "max")), self.rng.choice((1, 1, 2, 4))
        prompt = self._words()
        asking = await self.discord.person(user).command(
            "imagine", channel=channel, prompt=prompt, model=model, count=count
        )
        self.asked.append(Asked(prompt, asking.interaction.id))

    async def _edit(self) -> None:
        user, channel = self._someone()
        prompt, seed = self._words(), self.rng.randrange(16)
        image = Upload("photo.jpg", paint("4:3", "jpeg", seed, 64), "image/jpeg")
        asking = await self.discord.person(user).command("edit", channel=channel, image=image, prompt=prompt)
        self.asked.append(Asked(prompt, asking.interaction.id))

    def _reply(self) -> None:
        found = [one for one in self._lately() if one.pictures and one.channel.guild is not None]
        if not found:
            return
        message, prompt = self.rng.choice(found), self._words()
        self.asked.append(Asked(prompt, 0))
        bot = self.discord.world.bot
        self.discord.person(self.discord.alice).say(f"<@{bot.id}> {prompt}", channel=message.channel, reply_to=message)

    async def _click(self) -> None:
        label = self.rng.choice(_CLICKED)
        found = [one for one in self._lately(private=True) if label in one.buttons]
        if found:
            message = self.rng.choice(found)
            person = self.discord.moderator if label != "Reroll" else self.discord.alice
            await self.discord.person(person).click(message, label)

    def _lately(self, *, private: bool = False) -> list[Message]:
        bot = self.discord.world.bot
        latest = list(self.discord.world.messages.values())[-_LATELY:]
        return [one for one in latest if one.author is bot and (private or not one.ephemeral)]

    def _someone(self) -> tuple[User, Channel]:
        discord = self.discord
        user = self.rng.choice((discord.alice, discord.bob, discord.moderator))
        places = [discord.channel, discord.channel, discord.other_channel, discord.dm(user)]
        if user is not discord.bob:
            places.append(discord.second_channel)
        return user, self.rng.choice(places)

    def _words(self) -> str:
        return f"scene {len(self.asked):04}."
