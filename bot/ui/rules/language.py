"""What the bot speaks in a server."""

from __future__ import annotations

from bot.admission.policy import Offers
from bot.guild_settings.rules import Rule, Rules
from bot.models import Language
from bot.ui.rules.declaration import DeclaredRule, Marks
from bot.ui.rules.fields import OneOf
from bot.ui.words import N_, _, language_name

NAMES = {
    Language.AUTOMATIC: N_("automatic"),
    Language.ENGLISH: "English",
    Language.GERMAN: "Deutsch",
    Language.FRENCH: "Français",
    Language.SPANISH: "Español",
    Language.PORTUGUESE: "Português",
    Language.JAPANESE: "日本語",
    Language.RUSSIAN: "Русский",
    Language.UKRAINIAN: "Українська",
    Language.POLISH: "Polski",
    Language.TURKISH: "Türkçe",
    Language.KOREAN: "한국어",
    Language.CHINESE: "简体中文",
}
"""In the list to choose from, each language is called by its own name; elsewhere by the reader's name for it."""


class _Spoken(OneOf):
    def shown(self, value: str) -> str:
        return super().shown(value) if value == Language.AUTOMATIC else f"**{language_name(value)}**"


class PublicLanguage(DeclaredRule):
    rule = Rule.LANGUAGE
    title = N_("Language")
    description = N_("What I speak in public; in private, each reads their own language")
    fields = (
        _Spoken(
            "language",
            title=N_("language"),
            label=N_("Language of public messages"),
            about=N_("The language of public messages and of the moderators' log"),
            words=NAMES,
        ),
    )

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        if rules.language is Language.AUTOMATIC:
            return _("Public messages are in the language that Discord's settings name for this server.")
        return _("Public messages are in **{language}**.", language=language_name(rules.language))
