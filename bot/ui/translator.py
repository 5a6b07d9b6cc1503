"""Commands in the languages of those who see them: their names, descriptions, options and choices."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location
from discord.app_commands import TranslationContextTypes, locale_str

from bot.models import Language, language_of
from bot.ui.words import _, pgettext, use_language

_COMMANDS = {Location.command_name, Location.group_name}


class CommandTranslator(app_commands.Translator):
    """Asks the catalogues; what they do not have stays English."""

    async def translate(
        self, string: locale_str, locale: discord.Locale, context: TranslationContextTypes
    ) -> str | None:
        """A name or a sentence in a locale; None where it is the English one."""
        spoken = language_of(locale.value)
        if spoken is Language.ENGLISH:
            return None
        with use_language(spoken):
            said = _said(string.message, context)
        return None if said == string.message else said


def _said(message: str, context: TranslationContextTypes) -> str:
    if isinstance(context.data, app_commands.ContextMenu):
        return _(message)
    if context.location in _COMMANDS:
        return pgettext("command", message)
    return pgettext("option", message) if context.location is Location.parameter_name else _(message)
