"""What holds for every test."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support.postgres import Cluster, cluster, installed
from tests.support.storage import drop_databases

# Structlog's own default shows every local variable of a traceback, which takes a second or two.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

# How long an example takes says something about the machine, and nothing about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

LONGEST_S = 240


@pytest.fixture(autouse=True)
def _databases() -> Iterator[None]:
    """What a test has made on a database server goes with it."""
    yield
    drop_databases()


@pytest.fixture(scope="session")
def _cluster() -> Iterator[Cluster]:
    if not installed():
        pytest.skip("PostgreSQL is not installed")
    with cluster() as server:
        yield server


@pytest.fixture
def server(_cluster: Cluster) -> Cluster:
    """A database server that a test may stop; it runs again when the next begins."""
    if not _cluster.running:
        _cluster.start()
    return _cluster


@pytest.fixture
def address(server: Cluster) -> str:
    """A database without tables on that server."""
    return server.database()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that waits for what never comes fails, and shows where it waited; the suite goes on."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = bounded(item.obj)


def bounded(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def run(*args: Any, **kwargs: Any) -> None:
        async with asyncio.timeout(LONGEST_S):
            await test(*args, **kwargs)

    return run


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Leaves logging as it was before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "aiosqlite", "alembic")}
    yield
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
