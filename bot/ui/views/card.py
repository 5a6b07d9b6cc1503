"""The look of all messages: a container with a coloured edge; few colours, each with a meaning."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

QUIET = discord.Colour(0x7C8798)
PICTURE = discord.Colour(0x5E8FB5)
TROUBLE = discord.Colour(0xC08A5B)

TEXT_MAX = 3900
"""Characters of text on one card; Discord takes 4000 a message."""

# Annotated, since to call `ui.ActionRow[Any]` takes three times as long as the class itself.
Row: type[ui.ActionRow[Any]] = ui.ActionRow
_Text: type[ui.TextDisplay[Any]] = ui.TextDisplay


def card(colour: discord.Colour, *items: str | ui.Item[Any]) -> ui.LayoutView:
    """A message: texts, pictures and rows of controls, one below the other."""
    view = ui.LayoutView(timeout=None)
    shown = (_Text(one[:TEXT_MAX]) if isinstance(one, str) else one for one in items)
    view.add_item(ui.Container(*shown, accent_colour=colour))
    view.stop()  # its controls answer by their ids; the library need not remember it
    return view


def note(text: str, colour: discord.Colour = TROUBLE) -> ui.LayoutView:
    """A few words on a card."""
    return card(colour, text)


def attached(filename: str, description: str, *, spoiler: bool = False) -> discord.MediaGalleryItem:
    """A picture that is sent along, for a gallery; ``description`` is its alt text."""
    return discord.MediaGalleryItem(f"attachment://{filename}", description=description, spoiler=spoiler)
