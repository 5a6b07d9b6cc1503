"""Processes as the system sees them."""

from __future__ import annotations

import asyncio

import psutil

_PATIENCE = 20.0


async def gone(pid: int) -> None:
    """Wait until a process has ended."""
    async with asyncio.timeout(_PATIENCE):
        while _lives(pid):  # noqa: ASYNC110 - the system rings no bell
            await asyncio.sleep(0.01)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
