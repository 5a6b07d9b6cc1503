"""Catalogues of a test's own: a language that says what the test wants."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.ui.words import catalogues


@contextmanager
def speaking(folder: Path, *languages: Catalog) -> Generator[None]:
    """Within this the bot has these catalogues, and no others."""
    for one in languages:
        file = folder / str(one.locale) / "LC_MESSAGES" / f"{catalogues.DOMAIN}.po"
        file.parent.mkdir(parents=True)
        with file.open("wb") as out:
            write_po(out, one)
    with patch.object(catalogues, "LOCALES", folder):
        catalogues.catalogue.cache_clear()
        try:
            yield
        finally:
            catalogues.catalogue.cache_clear()


_KEPT = re.compile(r"(\{\w+\}|`[^`]*`|\n(?:-# )?|^-# |^## )")
_ACCENTED = str.maketrans("aeiouncyAEIOUNCY", "áéíóúñçýÁÉÍÓÚÑÇÝ")
OPEN, CLOSE = "⟦", "⟧"


def pseudo(code: str) -> Catalog:
    """A language that nobody speaks: every sentence accented, a third longer where there is room, and in brackets."""
    invented = Catalog(locale=code)
    with (catalogues.LOCALES / f"{catalogues.DOMAIN}.pot").open("rb") as file:
        template = read_po(file)
    forms = invented.num_plurals
    for one in template:
        if one.id and one.context is None:
            said = _strange(one.id if isinstance(one.id, str) else one.id[1])
            invented.add(one.id, said if isinstance(one.id, str) else (said,) * forms)
    return invented


def _strange(text: str) -> str:
    parts = [part if _KEPT.fullmatch(part) else part.translate(_ACCENTED) for part in _KEPT.split(text)]
    most = next((limit for limit in (45, 100, 4000) if len(text) + 2 <= limit), len(text) + 2)
    return OPEN + "".join(parts) + "·" * min(len(text) // 3, most - len(text) - 2) + CLOSE


def unspoken(text: str) -> str:
    """What of a text stands in no bracket: values, markup, and what nobody looked up."""
    while text != (text := re.sub(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", "", text)):
        pass
    return text
