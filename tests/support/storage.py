"""A database of its own for each test, without the tenth of a second that it takes to make one.

It is an SQLite file in the test's folder, or a database of the server that the environment names
(``make test-postgres``).
"""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import create_engine

from bot.storage import Database, open_database, schema
from tests.support.postgres import VARIABLE

SERVER = os.environ.get(VARIABLE)
HELPERS = int(os.environ.get("ATELIER_TEST_HELPERS", "0")) if SERVER else 0
"""So many processes beside each bot work on what it accepts (``make test-postgres HELPERS=1``)."""
without_helpers = pytest.mark.skipif(HELPERS > 0, reason="several processes learn a moment later what waits")
about_a_file = pytest.mark.skipif(SERVER is not None, reason="about SQLite's file")
by_our_clock = pytest.mark.skipif(SERVER is not None, reason="a server measures leases and rests by its own clock")
in_one_process = pytest.mark.skipif(SERVER is not None, reason="several processes learn a moment later what waits")
_TEMPLATE = "atelier_template"
_made: set[str] = set()


@asynccontextmanager
async def database_in(folder: Path) -> AsyncGenerator[Database]:
    """The database of a folder, empty where there was none."""
    path = database_path(folder)
    if SERVER is None and not path.exists():
        path.write_bytes(_empty())
    async with open_database(database_url(folder)) as database:
        yield database


def database_path(folder: Path) -> Path:
    """Where SQLite's file is."""
    return folder / "atelier.db"


def database_url(folder: Path) -> str:
    """The address of a folder's database; on a server, it is there from now on until the test has ended."""
    if SERVER is None:
        return f"sqlite+aiosqlite:///{database_path(folder)}"
    name = f"t{blake2b(bytes(folder), digest_size=12).hexdigest()}"
    if name not in _made:
        _template(SERVER)
        _on(SERVER, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY")
        _made.add(name)
    return urlsplit(SERVER)._replace(path=f"/{name}").geturl()


def drop_databases() -> None:
    """Drop what a test has made on the server."""
    while SERVER is not None and _made:
        _on(SERVER, f"DROP DATABASE {_made.pop()} WITH (FORCE)")


@cache
def _empty() -> bytes:
    """What the file of a new database holds."""
    with tempfile.TemporaryDirectory() as folder:
        path = database_path(Path(folder))
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            schema.create(connection)
        engine.dispose()
        return path.read_bytes()


@cache
def _template(server: str) -> None:
    """Make what each test's database is a copy of, unless another process of the tests was first."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_TEMPLATE,)).fetchone() is not None:
            return
        connection.execute(f"CREATE DATABASE {_TEMPLATE}_in_work")
        address = urlsplit(server)._replace(scheme="postgresql+psycopg", path=f"/{_TEMPLATE}_in_work").geturl()
        engine = create_engine(address)
        with engine.begin() as made:
            schema.create(made)
        engine.dispose()
        connection.execute(f"ALTER DATABASE {_TEMPLATE}_in_work RENAME TO {_TEMPLATE}")


@cache
def _connection(server: str) -> psycopg.Connection:
    connection = psycopg.connect(server, autocommit=True)
    atexit.register(connection.close)
    return connection


def _on(server: str, statement: str) -> None:
    _connection(server).execute(statement.encode())
