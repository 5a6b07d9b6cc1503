"""A database on a server, which several bots share."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests.support import postgres


@pytest.fixture(scope="session")
def _cluster() -> Iterator[postgres.Cluster]:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as server:
        yield server


@pytest.fixture
def address(_cluster: postgres.Cluster) -> str:
    """An empty database."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(_cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return _cluster.url(name)
