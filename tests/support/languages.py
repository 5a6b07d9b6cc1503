"""Catalogues of a test's own: a language that says what the test wants."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

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
