"""A database server that a test may stop, and a database of its own on it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Iterator

import psycopg
import pytest

from bot.storage import Database, open_database
from tests.support import postgres


@pytest.fixture(scope="session")
def _cluster() -> Iterator[postgres.Cluster]:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as server:
        yield server


@pytest.fixture
def server(_cluster: postgres.Cluster) -> postgres.Cluster:
    """A server that runs when a test begins, whatever the one before has done to it."""
    if not _cluster.running:
        _cluster.start()
    return _cluster


@pytest.fixture
def address(server: postgres.Cluster) -> str:
    """An empty database."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.url(name)


@pytest.fixture
async def database(address: str) -> AsyncGenerator[Database]:
    async with open_database(address) as database:
        yield database
