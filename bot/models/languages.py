"""The languages that the bot speaks, by Discord's codes."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """A server's choice: one of the languages, or whichever Discord names."""

    AUTOMATIC = "automatic"
    ENGLISH = "en-US"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es-ES"
    PORTUGUESE = "pt-BR"
    JAPANESE = "ja"
    RUSSIAN = "ru"
    UKRAINIAN = "uk"
    POLISH = "pl"
    TURKISH = "tr"
    KOREAN = "ko"
    CHINESE = "zh-CN"


_OTHERWISE = {"en-GB": Language.ENGLISH, "es-419": Language.SPANISH}


def language_of(locale: str | None) -> Language:
    """The language for a locale of Discord's; English where the bot does not speak it."""
    if locale in _OTHERWISE:
        return _OTHERWISE[locale]
    return Language(locale) if locale in _SPOKEN else Language.ENGLISH


_SPOKEN = frozenset(Language) - {Language.AUTOMATIC}
