"""The bot as the benchmark runs it: the real one in a process of its own, with counters beside it.

Prints one JSON line when it ends, with the figures of `bench.counters.Counters`. SIGUSR1 begins them anew, so that the
start does not count; SIGUSR2 stops them. `BENCH_SLOTS` gives every provider so many slots, `BENCH_SWITCH_INTERVAL` is
the seconds after which a thread lets another one run. `BENCH_COUNTERS=off` counts nothing and prints no line: a counter
in each statement takes time that the floor does not spend.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import sys
from functools import partial
from typing import Any

from bench.counters import Counters
from bot import app
from bot.config import load
from bot.observability import log
from bot.providers import registry


def few_slots(count: int) -> None:
    """Give every provider this many slots: no vendor publishes so small a limit."""

    def limited(*arguments: Any) -> dict[str, Any]:
        providers: dict[str, Any] = registry.build(*arguments)
        for provider in providers.values():
            slots = dict.fromkeys(provider.capabilities.slots, count)
            provider.capabilities = dataclasses.replace(provider.capabilities, slots=slots)
        return providers

    app.assemble = partial(app.assemble, build=limited)


async def main() -> None:
    """Run until SIGTERM."""
    settings = load(None)
    log.configure(settings.log_level, settings.log_format, settings.secrets)  # as an operator's, lines and all
    if slots := os.environ.get("BENCH_SLOTS"):
        few_slots(int(slots))
    if interval := os.environ.get("BENCH_SWITCH_INTERVAL"):
        sys.setswitchinterval(float(interval))
    counters, stop = Counters(), asyncio.Event()
    counting = os.environ.get("BENCH_COUNTERS") != "off"
    if counting:
        counters.install()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, counters.begin)
    loop.add_signal_handler(signal.SIGUSR2, counters.end)
    await app.run(settings, stop)
    counters.end()
    if counting:
        sys.stdout.write(json.dumps(counters.figures()) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
