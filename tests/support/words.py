"""`make words`, second half: brings every language's catalogue up to date with the template.

New sentences come untranslated, those that are gone are dropped, and nothing is guessed. The header has no dates, so
that a renewal changes nothing else. `python -m tests.support.words fr` begins a language.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.models import Language
from bot.ui.words.catalogues import DOMAIN, LOCALES, cldr, file_of

_HEADER = r"""msgid ""
msgstr ""
"Project-Id-Version: Atelier\n"
"Language: {language}\n"
"Plural-Forms: {plural_forms}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def renewed(file: Path, code: str) -> bytes:
    """The catalogue in a file, or an empty one, with exactly the template's sentences."""
    with (LOCALES / f"{DOMAIN}.pot").open("rb") as source:
        template = read_po(source)
    catalogue = Catalog(locale=cldr(code))
    if file.exists():
        with file.open("rb") as source:
            catalogue = read_po(source, locale=cldr(code))
    catalogue.update(template, no_fuzzy_matching=True)
    for message in catalogue:
        message.flags.discard("fuzzy")
    body = io.BytesIO()
    write_po(body, catalogue, width=120, omit_header=True, sort_output=True, ignore_obsolete=True)
    language = file.parents[1].name
    header = _HEADER.format(language=language, plural_forms=catalogue.plural_forms)
    return header.encode() + body.getvalue().strip() + b"\n"


def main(begun: list[str]) -> None:
    """Renew what is there, and begin what is named."""
    for code in Language:
        file = file_of(code)
        if file.exists() or code in begun:
            content = renewed(file, code)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


if __name__ == "__main__":
    main(sys.argv[1:])
