"""The names of commands and options, for the catalogues: discord.py takes them from functions, unmarked.

A translated name is lower case, has no spaces (`-` or `_` instead), at most 32 letters, and no other of its group.
"""

from __future__ import annotations


def pgettext(context: str, message: str) -> str:  # noqa: ARG001 - the extraction reads it
    """Mark a name with its context; ``bot.ui.translator`` looks it up."""
    return message


COMMANDS = (
    pgettext("command", "audit"),
    pgettext("command", "block"),
    pgettext("command", "blocks"),
    pgettext("command", "cancel"),
    pgettext("command", "channels"),
    pgettext("command", "consent"),
    pgettext("command", "delete"),
    pgettext("command", "edit"),
    pgettext("command", "export"),
    pgettext("command", "grant"),
    pgettext("command", "help"),
    pgettext("command", "history"),
    pgettext("command", "imagine"),
    pgettext("command", "language"),
    pgettext("command", "lineage"),
    pgettext("command", "log-channel"),
    pgettext("command", "models"),
    pgettext("command", "moderate"),
    pgettext("command", "privacy"),
    pgettext("command", "providers"),
    pgettext("command", "quota"),
    pgettext("command", "remix"),
    pgettext("command", "remove"),
    pgettext("command", "reset"),
    pgettext("command", "role-quota"),
    pgettext("command", "safety"),
    pgettext("command", "server-quota"),
    pgettext("command", "settings"),
    pgettext("command", "show"),
    pgettext("command", "unblock"),
    pgettext("command", "usage"),
    pgettext("command", "words"),
)
"""Commands, and the subcommands of groups."""

OPTIONS = (
    pgettext("option", "action"),
    pgettext("option", "add"),
    pgettext("option", "age_restricted"),
    pgettext("option", "allow"),
    pgettext("option", "aspect_ratio"),
    pgettext("option", "channel"),
    pgettext("option", "code"),
    pgettext("option", "count"),
    pgettext("option", "credits"),
    pgettext("option", "days"),
    pgettext("option", "deny"),
    pgettext("option", "duration"),
    pgettext("option", "enhance"),
    pgettext("option", "forget"),
    pgettext("option", "format"),
    pgettext("option", "guidance"),
    pgettext("option", "image"),
    pgettext("option", "image2"),
    pgettext("option", "image3"),
    pgettext("option", "image4"),
    pgettext("option", "language"),
    pgettext("option", "max"),
    pgettext("option", "member"),
    pgettext("option", "model"),
    pgettext("option", "new_member_hours"),
    pgettext("option", "off"),
    pgettext("option", "order"),
    pgettext("option", "pause_hours"),
    pgettext("option", "pro"),
    pgettext("option", "prompt"),
    pgettext("option", "prompts"),
    pgettext("option", "reason"),
    pgettext("option", "remix"),
    pgettext("option", "remove"),
    pgettext("option", "role"),
    pgettext("option", "rule"),
    pgettext("option", "seed"),
    pgettext("option", "source"),
    pgettext("option", "spoilers"),
    pgettext("option", "strike_hours"),
    pgettext("option", "strikes"),
    pgettext("option", "tolerance"),
    pgettext("option", "unlimited"),
    pgettext("option", "words"),
)
