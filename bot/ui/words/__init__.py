"""Every sentence that people read, looked up in the catalogue of the reader's language; the mechanism is gettext's.

- ``_("{member} can make pictures again.", member=…)`` is the sentence in the current language, its values filled in.
  The English sentence is the key, so it is a literal: never an f-string, never put together from parts.
- ``ngettext("{count} picture", "{count} pictures", count)`` takes the form that a number needs, and fills it in.
- ``pgettext("button", "Use {number}", number=…)`` tells apart what is written alike in English.
- ``N_("Channels")`` only marks what stands in a table, a class or a command's description, where no reader is known
  yet; it is looked up where it is shown: ``_(title)``. Of commands, discord.py asks ``bot.ui.translator``.
- ``number``, ``money`` and ``listed`` write numbers, dollars and lists as the language does (CLDR).

``speak("de")`` says who reads in this task, ``use_language`` within a block; English needs no catalogue. `make words`
extracts all of it into ``locales/atelier.pot`` and renews each ``locales/<code>/LC_MESSAGES/atelier.po``. Tests find a
sentence that is not wrapped, one that is looked up at import, and a catalogue that is out of date.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import localcontext
from functools import lru_cache

from babel import Locale
from babel.dates import format_skeleton
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent, get_decimal_symbol, get_group_symbol

from bot.ui.words.catalogues import SOURCE, catalogue, cldr

_WITHOUT_SPACES = {"ja", "zh-CN"}
"""Where no space stands between sentences."""

_GROUPED = 1000
"""Whole numbers below are digits alone in each language that there is; CLDR's way to them takes 40 µs."""

_language: ContextVar[str] = ContextVar("language", default=SOURCE)


def _(message: str, **values: object) -> str:
    """A sentence in the current language; ``values`` are filled in by their names, whole numbers by ``number``."""
    text = catalogue(_language.get()).gettext(message)
    return _filled(text, values) if values else text


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The same where a number decides about the form; ``count`` is one of the values."""
    text = catalogue(_language.get()).ngettext(one, many, count)
    return _filled(text, {"count": count, **values})


def pgettext(context: str, message: str, **values: object) -> str:
    """The same where English has one word for several things; ``context`` says which."""
    text = catalogue(_language.get()).pgettext(context, message)
    return _filled(text, values) if values else text


def _filled(text: str, values: Mapping[str, object]) -> str:
    return text.format(**{name: number(one) if type(one) is int else one for name, one in values.items()})


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a sentence for the catalogue; it is looked up by ``_`` where it is shown."""
    return message


def number(value: float) -> str:
    """A number as the current language writes it."""
    if type(value) is int and 0 <= value < _GROUPED:
        return str(value)
    return _decimal(value, _language.get())


@lru_cache(1024, typed=True)
def _decimal(value: float, code: str) -> str:
    """Kept, since some come again: writing one takes as long as the sentence around it."""
    with localcontext(prec=100):  # what somebody typed may be longer than any real number
        return format_decimal(value, locale=cldr(code))


def prepare() -> None:
    """Load what numbers are written with: some 30 ms, which nobody is to wait for in the middle of a crowd."""
    number(_GROUPED)


def percentage(share: float) -> str:
    """A share of 1 in whole hundredths."""
    return format_percent(share, locale=_cldr())


def money(dollars: float) -> str:
    """An amount of US dollars."""
    return format_currency(dollars, "USD", locale=_cldr())


def signs() -> tuple[str, str]:
    """What stands between thousands, and before a fraction; of spaces the one that every font has."""
    return get_group_symbol(_cldr()).replace("\u202f", "\u00a0"), get_decimal_symbol(_cldr())


def day(at: int) -> str:
    """A day (UTC, epoch ms) in short, without its year: `Nov 12`."""
    return format_skeleton("MMMd", datetime.fromtimestamp(at / 1000, UTC), locale=_cldr())


def language_name(code: str) -> str:
    """What a language is called in the current one."""
    return cldr(code).get_language_name(_cldr()) or code


def listed(items: Iterable[str]) -> str:
    """Things as one of several: `a, b, and c`."""
    return format_list([*items], locale=_cldr())


def labelled(label: str, text: str) -> str:
    """What something is, after what it is of: `language: German`."""
    return _("{label}: {text}", label=label, text=text)


def sentences(*whole: str) -> str:
    """Sentences one after the other; those that are empty are left out."""
    return ("" if _language.get() in _WITHOUT_SPACES else " ").join(one for one in whole if one)


def language() -> str:
    """The code of the current language."""
    return _language.get()


def speak(code: str) -> None:
    """From here on, in this task and those it begins, sentences are in this language."""
    _language.set(code)


@contextmanager
def use_language(code: str | None) -> Generator[None]:
    """Within this, and in tasks that are begun within it, sentences are in this language; of None in English."""
    token = _language.set(code or SOURCE)
    try:
        yield
    finally:
        _language.reset(token)


def _cldr() -> Locale:
    return cldr(_language.get())
