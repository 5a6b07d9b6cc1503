"""The buttons under a job: how they look and what their ids carry. What a click does stands in ``cogs/results.py``.

Each id carries the job's code, so a button works after any restart and on messages of any age.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Protocol, Self, cast

import discord
from discord import ui

from bot.ui.translate import Interaction

_Style = discord.ButtonStyle


class Presses(Protocol):
    """The client, as far as buttons need it: it knows what each action does."""

    async def pressed(self, button: JobButton, interaction: Interaction) -> None:
        """Do what the button is for."""
        ...


class JobButton(ui.DynamicItem[ui.Button[Any]], template=r"atelier:none"):
    """What all of them share. ``number`` is the picture's number from 1, where a button is for one picture."""

    action: ClassVar[str]
    label: ClassVar[str]
    style: ClassVar[discord.ButtonStyle] = _Style.secondary

    def __init__(self, code: str, number: int | None = None) -> None:
        self.code = code
        self.number = number
        suffix = "" if number is None else f":{number}"
        super().__init__(
            ui.Button(
                label=self.label.format(number=number),
                style=self.style,
                custom_id=f"atelier:{self.action}:{code}{suffix}",
            )
        )

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:  # noqa: ARG003
        """Make the button again from its id."""
        number = match.groupdict().get("number")
        return cls(match["code"], int(number) if number else None)

    async def callback(self, interaction: Interaction) -> Any:
        """Hand the click to the client."""
        await cast(Presses, interaction.client).pressed(self, interaction)


class Cancel(JobButton, template=r"atelier:cancel:(?P<code>[2-9a-z]{5,12})"):
    """Ends a waiting job."""

    action, label = "cancel", "Cancel"


class TryAgain(JobButton, template=r"atelier:retry:(?P<code>[2-9a-z]{5,12})"):
    """Asks again for a failed job."""

    action, label, style = "retry", "Try again", _Style.primary


class Reroll(JobButton, template=r"atelier:reroll:(?P<code>[2-9a-z]{5,12})"):
    """Makes a job anew with fresh seeds."""

    action, label = "reroll", "Reroll"


class Vary(JobButton, template=r"atelier:vary:(?P<code>[2-9a-z]{5,12}):(?P<number>[1-4])"):
    """Makes a variation of one picture."""

    action, label = "vary", "V{number}"


class Details(JobButton, template=r"atelier:details:(?P<code>[2-9a-z]{5,12})"):
    """Shows the whole recipe."""

    action, label = "details", "Details"


class Delete(JobButton, template=r"atelier:delete:(?P<code>[2-9a-z]{5,12})"):
    """Removes the message."""

    action, label, style = "delete", "Delete", _Style.danger


ALL: tuple[type[JobButton], ...] = (Cancel, TryAgain, Reroll, Vary, Details, Delete)
