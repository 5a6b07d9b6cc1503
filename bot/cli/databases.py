"""The commands about databases: copy one, put a copy back, renew the schema, move to another one."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bot.config import Settings, checked_address, without_password
from bot.errors import BackupFailed, ConfigurationError
from bot.storage import backup, folder_beside, moving, open_database


def back_up(settings: Settings, file: Path) -> None:
    """Write a copy. Raises ``BackupFailed``."""
    size = backup.back_up(backup.file_of(settings.database_url), file)
    print(f"{file}: {size / 1_000_000:.1f} MB, consistent and checked.")


def restore(settings: Settings, file: Path) -> None:
    """Put a copy in the place of the database. Raises ``BackupFailed``."""
    database = backup.file_of(settings.database_url)
    former = backup.restore(file, database, _now())
    print(f"{database} is the copy now.")
    if former is not None:
        print(f"What was there before is kept as {former}.")
    print("Requests that waited when the copy was made are not sent again: they may have been paid since.")


def migrate(settings: Settings, source: str | None, target: str | None, *, reopen: bool) -> None:
    """Renew the schema; or copy one database into another, or go on with one that was copied (``reopen``).

    Raises ``BackupFailed``, ``ConfigurationError``, ``DatabaseTooNew`` and ``CannotWrite``.
    """
    url = settings.database_url
    if reopen:
        _reopen(url, alone=not (source or target))
    elif source or target:
        _move(source or url, target or url)
    else:
        asyncio.run(_renew(url))
        print("The database is up to date.")


def _move(source: str, target: str) -> None:
    """Copy one database into another, told table by table."""
    for option, url in (("--from", source), ("--to", target)):
        try:
            checked_address(url)
        except ValueError as error:
            raise ConfigurationError((f"{option} has to be {error}",)) from None
    _refuse_missing(source)
    old, new = without_password(source), without_password(target)
    waiting = folder_beside(source)
    if waiting.is_dir() and any(waiting.iterdir()):
        raise BackupFailed(f"Paid pictures wait in {waiting}: start the bot once more on {old}.")
    now = _now()
    for url in (source, target):
        moving.refuse_others(url, now)  # before anything is changed, be it the schema
        asyncio.run(_renew(url))
    faults = moving.move(source, target, now, lambda table, rows: print(f"{rows:>12,} {table}"))
    print(f"{new} holds all of it already." if faults is None else f"{new} holds the same now, row by row.")
    print(f"Set DATABASE_URL to it. No bot starts on {old} any more: what waits there would be ordered twice.")
    if faults:
        print(f"The ledger does not add up, as before, in {len(faults)} jobs: see `atelier doctor`.")


def _reopen(url: str, *, alone: bool) -> None:
    if not alone:
        raise ConfigurationError(("--reopen stands alone: it is about DATABASE_URL",))
    _refuse_missing(url)
    waited = moving.reopen(url, _now())
    print(f"A bot can go on with {without_password(url)}.")
    print(f"What waited ({waited}) is not sent again: it may have been paid since.")


def _refuse_missing(url: str) -> None:
    if (file := backup.file_of(url)) is not None and not file.exists():
        raise BackupFailed(f"There is no database at {file}.")


async def _renew(url: str) -> None:
    """See that a database can be opened, and has this version's schema."""
    async with open_database(url):
        pass


def _now() -> int:
    return int(time.time() * 1000)
