"""A consistent copy of an SQLite file while the bot writes to it, and the way back."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy import make_url

from bot.errors import BackupFailed
from bot.storage.tables import MOVED

NOT_SENT_AGAIN = """
UPDATE tasks SET state = 'submitting', slot = '', worker = (SELECT worker FROM jobs WHERE jobs.id = tasks.job_id)
WHERE state = 'queued'
"""
"""What waited when the copy was made may have been sent, and paid, since. Recovery ends a task that is found like this
as interrupted, and never sends it again."""
_TO_GO_ON_WITH = f"DELETE FROM watermarks WHERE name = '{MOVED}'"  # noqa: S608 - a name of ours


def file_of(url: str) -> Path | None:
    """The file that ``DATABASE_URL`` names; None where it names a server."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def back_up(database: Path | None, copy: Path) -> int:
    """Write a compact copy of what is committed at this moment; gives its size in bytes.

    Writers are not held up. Raises ``BackupFailed``; then no ``copy`` is left behind.
    """
    database = _a_file(database)
    if not database.exists():
        raise BackupFailed(f"There is no database at {database}.")
    if copy.exists():
        raise BackupFailed(f"{copy} exists already: name a new file.")
    part = copy.with_name(f"{copy.name}.part")
    try:
        part.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # an older file's copy becomes one that can shrink
            connection.execute("VACUUM INTO ?", (str(part),))
        part.chmod(0o600)  # it holds what members asked for
        _check(part, part)
        _publish(part, copy)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"The copy could not be written ({error}).") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return copy.stat().st_size


def restore(copy: Path, database: Path | None, now: int) -> Path | None:
    """Put a copy in the place of the database; gives where the former one is kept, None where there was none.

    ``now`` is epoch milliseconds. Raises ``BackupFailed``, and then leaves everything as it was.
    """
    database = _a_file(database)
    if not copy.is_file():
        raise BackupFailed(f"There is no copy at {copy}.")
    part = database.with_name(f"{database.name}.part")
    try:
        _refuse_while_used(database, now)
        database.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copy, part)
        part.chmod(0o600)
        _check(part, copy)
        with contextlib.closing(sqlite3.connect(part)) as connection, connection:
            connection.execute(NOT_SENT_AGAIN)
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'watermarks'").fetchone():
                connection.execute(_TO_GO_ON_WITH)
        former = _set_aside(database, now)
        _publish(part, database)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"The copy cannot be restored ({error}).") from error
    finally:
        with contextlib.suppress(OSError):  # a read-only folder, which was told already
            for left in (part, *_side_files(part)):
                left.unlink(missing_ok=True)
    return former


def _a_file(database: Path | None) -> Path:
    if database is None:
        raise BackupFailed("DATABASE_URL names a server: use its own tools (pg_dump, pg_restore).")
    return database


def _check(file: Path, copy: Path) -> None:
    """Raise ``BackupFailed``, naming the copy, unless the file is a whole database of ours."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        found = connection.execute("PRAGMA quick_check").fetchone()[0]
        if found != "ok":
            raise BackupFailed(f"{copy} is damaged: {found}")
        ours = connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('alembic_version', 'jobs')")
        if ours.fetchone()[0] != 2:
            raise BackupFailed(f"{copy} is no database of Atelier's.")


def _refuse_while_used(database: Path, now: int) -> None:
    if not database.exists():
        return
    with contextlib.closing(sqlite3.connect(database)) as connection:
        try:
            leases = connection.execute("SELECT count(*) FROM workers WHERE lease_until > ?", (now,)).fetchone()[0]
        except sqlite3.DatabaseError:  # damaged, or none of ours: a reason to restore
            return
    if leases:
        raise BackupFailed("The bot works on this database: stop it first (after a crash, wait for ten seconds).")


def _set_aside(database: Path, now: int) -> Path | None:
    """Move the database away with what has not been written into it yet."""
    if not database.exists():
        return None
    former = database.with_name(f"{database.name}.{now}")
    for found in (database, *_side_files(database)):
        if found.exists():
            found.rename(former.with_name(found.name.replace(database.name, former.name, 1)))
    return former


def _side_files(database: Path) -> tuple[Path, ...]:
    return tuple(database.with_name(f"{database.name}{suffix}") for suffix in ("-wal", "-shm", "-journal"))


def _publish(part: Path, target: Path) -> None:
    """Give a finished file its name, durably."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
