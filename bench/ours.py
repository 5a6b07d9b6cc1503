"""The bot as the benchmark runs it: the real one, in a process of its own, watched by a ticking task.

Prints one JSON line when it ends: the longest stall of its event loop, in seconds.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import sys
import time
from typing import Any

from bot import app
from bot.config import load
from bot.observability import log
from bot.providers import registry

TICK = 0.005


def few_slots(count: int) -> None:
    """Give every provider this many slots: no vendor publishes so small a limit."""
    build = registry.build

    def limited(*arguments: Any) -> dict[str, Any]:
        providers = build(*arguments)
        for provider in providers.values():
            slots = dict.fromkeys(provider.capabilities.slots, count)
            provider.capabilities = dataclasses.replace(provider.capabilities, slots=slots)
        return providers

    registry.build = limited


async def ticking(gaps: list[float]) -> None:
    """Note by how much each short sleep was overslept."""
    while True:
        before = time.perf_counter()
        try:
            await asyncio.sleep(TICK)
        finally:  # the end of the watch may come in the middle of a stall
            gaps[0] = max(gaps[0], time.perf_counter() - before - TICK)


async def main() -> None:
    """Run until SIGTERM. SIGUSR1 begins the watch anew, so that the start does not count; SIGUSR2 ends it."""
    settings = load(None)
    log.configure("WARNING", "console", settings.secrets)
    if slots := os.environ.get("BENCH_SLOTS"):
        few_slots(int(slots))
    stop, gaps = asyncio.Event(), [0.0]
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, lambda: gaps.__setitem__(0, 0.0))
    ticker = asyncio.create_task(ticking(gaps))
    loop.add_signal_handler(signal.SIGUSR2, ticker.cancel)
    await app.run(settings, stop)
    ticker.cancel()
    sys.stdout.write(json.dumps({"stall": gaps[0]}) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
