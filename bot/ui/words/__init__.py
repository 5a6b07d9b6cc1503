"""Every sentence that people read, looked up in the catalogue of the reader's language; the mechanism is gettext's.

- ``_("{member} is not blocked here.", member=…)`` is the sentence in the current language, its values filled in. The
  English sentence is the key, so it is a literal: never an f-string, never put together from parts.
- ``ngettext("{count} picture", "{count} pictures", count)`` takes the form that a number needs, and fills it in.
- ``N_("Channels")`` only marks what stands in a table, a class or a command's description, where no reader is known
  yet; it is looked up where it is shown: ``_(title)``. Of commands, discord.py asks a translator by itself.
- ``number(1000)`` is a number as the language writes it.

``use_language("de")`` says who reads; English, the default, needs no catalogue. `make words` extracts all of it into
``locales/atelier.pot``; a language is ``locales/<code>/LC_MESSAGES/atelier.mo``. Tests find a sentence that is not
wrapped, one that is looked up at import, and a template that is out of date.
"""

from __future__ import annotations

import gettext
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "atelier"

_language: ContextVar[str] = ContextVar("language", default="en")


def _(message: str, **values: object) -> str:
    """A sentence in the current language; ``values`` are filled in by their names, whole numbers by ``number``."""
    text = _catalogue(_language.get()).gettext(message)
    return _filled(text, values) if values else text


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The same where a number decides about the form; ``count`` is one of the values."""
    text = _catalogue(_language.get()).ngettext(one, many, count)
    return _filled(text, {"count": count, **values})


def _filled(text: str, values: Mapping[str, object]) -> str:
    return text.format(**{name: number(one) if type(one) is int else one for name, one in values.items()})


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a sentence for the catalogue; it is looked up by ``_`` where it is shown."""
    return message


def number(value: int) -> str:
    """A whole number as the current language writes it."""
    return f"{value:,}"


def listed(items: Iterable[str]) -> str:
    """Things as one of several: `a and b`."""
    return _(" and ").join(items)


@contextmanager
def use_language(code: str) -> Generator[None]:
    """Within this, and in tasks that are begun within it, sentences are in this language; else in English."""
    token = _language.set(code)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALES, [code], fallback=True)
