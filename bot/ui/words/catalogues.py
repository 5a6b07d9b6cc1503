"""The catalogues: one file of translations a language, read when somebody first needs it.

A `.po` file is parsed and compiled in memory (some ten milliseconds), so a checkout needs no build step.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "atelier"
SOURCE = "en-US"
"""The language of the code's own sentences, which needs no catalogue."""


def file_of(code: str) -> Path:
    """Where the catalogue of a language is, or would be; gettext writes `pt_BR` for Discord's `pt-BR`."""
    return LOCALES / code.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def cldr(code: str) -> Locale:
    """What CLDR knows of a language: how numbers and lists are written."""
    return Locale.parse(code, sep="-")


@cache
def catalogue(code: str) -> gettext.NullTranslations:
    """The translations into a language; of the source, and of a language without a file, the sentences themselves."""
    if code == SOURCE or not file_of(code).exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with file_of(code).open("rb") as file:
        write_mo(compiled, read_po(file, locale=cldr(code)))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
