"""The one visual language: a card with a calm edge, and few colours that mean something."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

QUIET = discord.Colour(0x7C8798)
PICTURE = discord.Colour(0x5E8FB5)
TROUBLE = discord.Colour(0xC08A5B)

TEXT_MAX = 3900
"""Characters of text on one card; Discord takes 4000 a message."""

Row = ui.ActionRow[Any]


def card(colour: discord.Colour, *items: ui.Item[Any]) -> ui.LayoutView:
    """A message of ours."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*items, accent_colour=colour))
    view.stop()  # its controls answer by their ids; the library need not remember it
    return view


def note(text: str, colour: discord.Colour = TROUBLE) -> ui.LayoutView:
    """A few words on a card."""
    return card(colour, ui.TextDisplay(text[:TEXT_MAX]))
