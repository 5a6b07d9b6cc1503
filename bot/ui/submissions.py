"""What becomes of forms that are sent; one that is refused for what is in it can be opened again, filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from discord import ui

from bot.errors import BadInput, BlockedWords, Lacking, NothingOffers, Refusal, SourceAgeRestricted
from bot.ui import forms, reply
from bot.ui.controls import FixIt
from bot.ui.interactions import Interaction
from bot.ui.kept import Kept
from bot.ui.words import N_
from bot.ui.words.refusals import Declined, Mistake

_MOST = 500
_SECONDS = 10 * 60.0

Open = Callable[[Interaction, str], Awaitable[ui.Modal]]
"""Builds a form for its target; raises a ``Refusal`` to whoever may not have it."""
Send = Callable[[Interaction, forms.Filled], Awaitable[None]]
"""What a form does when it is sent."""


@dataclass(frozen=True, slots=True)
class _Form:
    open: Open
    send: Send


class Submissions:
    """Knows each kind of form. What was refused is kept in memory: for a while, so many, each for who typed it."""

    def __init__(self) -> None:
        self._forms: dict[str, _Form] = {}
        self._refused: Kept[tuple[int, str], forms.Filled] = Kept(_MOST, _SECONDS)

    @property
    def kinds(self) -> set[str]:
        """The kinds of forms that there are."""
        return set(self._forms)

    def register(self, kind: str, open: Open, send: Send) -> None:
        """Tell how a kind of form is built, and what becomes of it."""
        self._forms[kind] = _Form(open, send)

    async def open(self, interaction: Interaction, kind: str, target: str) -> None:
        """Show a form."""
        await interaction.response.send_modal(await self._forms[kind].open(interaction, target))

    async def send(self, interaction: Interaction) -> None:
        """A form came back."""
        filled = forms.read(interaction)
        if earlier := self._refused.get((interaction.user.id, filled.again)):
            filled = replace(filled, message=earlier.message)
        try:
            await self._forms[filled.kind].send(interaction, filled)
        except Refusal as refusal:
            if not _mendable(refusal):
                raise
            key = str(interaction.id)
            self._refused.keep((interaction.user.id, key), filled)
            await reply.error(interaction, refusal, mend=FixIt(key))

    async def reopen(self, interaction: Interaction, button: FixIt) -> None:
        """Show a refused form again, as it was filled in."""
        filled = self._refused.get((interaction.user.id, button.key))
        if filled is None:
            raise Declined(
                N_("I no longer have what you typed: I keep it for ten minutes only. Please open the form again.")
            )
        form = await self._forms[filled.kind].open(interaction, filled.target)
        await interaction.response.send_modal(forms.refill(form, filled, button.key))


def _mendable(refusal: Refusal) -> bool:
    """Whether other words, values or files could be accepted from the same person at the same moment."""
    match refusal:
        case SourceAgeRestricted():
            return False
        case BlockedWords():
            return refusal.paused_until is None
        case NothingOffers():
            return refusal.code is Lacking.MODEL
        case _:
            return isinstance(refusal, BadInput | Mistake)
