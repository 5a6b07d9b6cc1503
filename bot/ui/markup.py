"""Discord's markup, written once: mentions, times, links and quotes; whatever a person wrote is escaped."""

from __future__ import annotations

import re
from typing import Literal

_SIGNS = re.compile(r"([\\*_~|`>#\[\]<@+-]|:(?=//)|(?<=\d)\.(?=\s))")
"""What begins markup. discord.py's own function leaves addresses alone, and with them all that looks like one."""


def escaped(text: str) -> str:
    """What somebody wrote, as letters and nothing more: no address becomes a link, and nothing is drawn."""
    return _SIGNS.sub(r"\\\1", text)


def in_code(text: str) -> str:
    """The same between backticks, where nothing can be escaped: it cannot end there."""
    return one_line(text).replace("`", "'") or "–"


def link(text: str, address: str) -> str:
    """A link of the bot's under what somebody wrote; brackets would end its text, even escaped ones."""
    return f"[{escaped(text.replace('[', '(').replace(']', ')'))}]({address})"


def mention(user_id: int) -> str:
    """A person by their name; nobody is pinged, since the bot's messages allow no mentions."""
    return f"<@{user_id}>"


def role(role_id: int) -> str:
    """A role by its name."""
    return f"<@&{role_id}>"


def channel(channel_id: int) -> str:
    """A channel or thread by its name, as a link."""
    return f"<#{channel_id}>"


def timestamp(at: int, style: Literal["R", "t", "f"] = "f") -> str:
    """A time (epoch ms) in the reader's own zone and language: from now (R), of day (t), or date and time (f)."""
    return f"<t:{at // 1000}:{style}>"


def message_link(guild_id: int | None, channel_id: int, message_id: int | None) -> str:
    """The address of a message; without a server, of one in a direct conversation."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def quoted(text: str, length: int) -> str:
    """What somebody wrote, as a quotation of one line, cut to so many characters."""
    return "> " + escaped(elided(one_line(text), length))


def one_line(text: str) -> str:
    """A text that cannot begin a heading, a list or a quotation of its own."""
    return " ".join(text.split())


def elided(text: str, length: int) -> str:
    """A text cut to so many characters."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def bar(part: int, whole: int, cells: int = 20) -> str:
    """How much of something is left, drawn with letters."""
    full = round(cells * min(part, whole) / whole) if whole else 0
    return f"`{'█' * full}{'░' * (cells - full)}`"
