"""What the sample people do before a visitor has done anything, so that the page never opens empty."""

from __future__ import annotations

import contextlib

from playground.commands import CommandError
from playground.model import Channel
from playground.people import Person

WORDS = (
    "Welcome! Everything here happens on this computer. Type `/` in the box below to ask for a picture, as Bob just "
    "did, or press **Remix** under his. You begin with plenty of credits. When they are used up, be me for a moment "
    "(at the lower left) and give yourself more with `/moderate grant`."
)
COMMAND, PROMPT = "imagine", "a fox by a lake in the mountains, early in the morning"


async def begin(moderator: Person, member: Person, channel: Channel) -> None:
    """A member asks the bot for a picture, an interaction like any other; below it the moderator greets.

    What is read first comes last: a page opens at its newest message, and a picture would push the greeting out of it.
    """
    with contextlib.suppress(CommandError, TimeoutError):  # a bot without this command, or that does not answer
        await (await member.use(COMMAND, {"prompt": PROMPT}, channel)).reply()
    moderator.say(WORDS, channel=channel)
