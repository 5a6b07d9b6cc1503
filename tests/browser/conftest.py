"""The playground's page in a headless Chromium, with the real bot behind it; skipped where there is no Chromium."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from playground import LoopbackDiscord
from tests.support.bot import RunningBot, running_bot
from tests.support.browsing import Visit

expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Chromium's own sandbox does not work for root, as in a container; the page is ours, and on loopback."""


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all of them, as a browser belongs to one."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """One Chromium for all tests of a process."""
    found = _chromium()
    if found is None:
        pytest.skip("no Chromium is installed (Debian: apt install chromium)")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def home(browser: Browser, tmp_path: Path) -> AsyncGenerator[RunningBot]:
    """The bot on a playground with its page."""
    async with running_bot(tmp_path, server=LoopbackDiscord(page=True, limits=False)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, home: RunningBot) -> AsyncGenerator[Visit]:
    """Opens the page as somebody: `await visit("alice", width=390, scheme="light")`; errors on it fail the test."""
    async with AsyncExitStack() as stack:
        opening = Visit(browser, home.discord.url, stack)
        yield opening
        assert opening.errors == []
