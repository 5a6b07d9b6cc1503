"""The bot as a child process: ``python -m bot run`` with clocks that can be moved and fault points around it.

``python -m tests.chaos.program`` has everything imported, then forks a bot for each line of its input. What is forked
runs ``bot.__main__.main``; it is ready in a tenth of the time that a new interpreter takes, so that a thousand deaths
fit into an hour.

One line in is a JSON object with the new process's environment, folder and log; out come ``{"pid": …}`` at once and
``{"pid": …, "status": …}`` at its end (negative: the number of the signal that ended it).
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bot.__main__
from bot import app
from bot.config import Settings
from bot.ui import client
from tests.chaos.dials import Dials
from tests.chaos.points import Points
from tests.chaos.schedule import Deed, Trap

_TICK = 0.01
"""Seconds after which a loop that waits notices that the clocks were moved."""
_PATIENCE_MS = 400
"""Milliseconds for which SQLite waits for a locked database, instead of five seconds."""


def serve() -> None:
    """Fork a bot for each line that comes in, and tell of each that ends; at the input's end, kill what is left."""
    for name in client.EXTENSIONS:
        importlib.import_module(name)
    incoming, running = b"", set[int]()
    try:
        while True:
            if select.select([0], [], [], _TICK)[0]:
                if not (read := os.read(0, 1 << 16)):
                    return
                *lines, incoming = (incoming + read).split(b"\n")
                for line in lines:
                    running.add(pid := _fork(json.loads(line)))
                    _say(pid=pid)
            _reap(running)
    finally:
        for pid in running:
            os.kill(pid, signal.SIGKILL)


def _reap(running: set[int]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        running.discard(pid)
        _say(pid=pid, status=os.waitstatus_to_exitcode(status))


def _say(**what: int) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _fork(wanted: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        status = _become(wanted)
    except BaseException:  # noqa: BLE001 - nothing may return into the parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _become(wanted: dict[str, Any]) -> int:
    """Be a process of one's own, and run the program in it; gives its exit status."""
    os.setsid()
    log = os.open(wanted["log"], os.O_WRONLY)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for mine, its in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(mine, its)
    os.environ.clear()
    os.environ.update(wanted["env"])
    os.chdir(wanted["folder"])
    sys.argv = ["atelier", "run"]
    prepare(json.loads(os.environ["CHAOS"]))
    try:
        bot.__main__.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def prepare(plan: dict[str, Any]) -> None:
    """Put movable clocks and fault points around the program of this process."""
    dials = Dials(Path(plan["dials"]))
    move_clocks(dials)
    given = plan["trap"]
    trap = Trap(given["point"], given["hit"], Deed(given["deed"])) if given else None
    Points(Path(plan["points"]), dials, trap, plan["seed"]).install()
    _shorten_waits()
    run = app.run

    async def ticking(settings: Settings, stop: asyncio.Event, **options: Any) -> None:
        asyncio.get_running_loop().call_soon(_tick)
        await run(settings, stop, **options)

    app.run = ticking


def move_clocks(dials: Dials) -> None:
    """Let Python's clocks show what the dials say; what is below Python keeps the true time."""
    wall, wall_ns, elapsed, elapsed_ns = time.time, time.time_ns, time.monotonic, time.monotonic_ns
    time.time = lambda: wall() + dials.wall / 1000
    time.time_ns = lambda: wall_ns() + dials.wall * 1_000_000
    time.monotonic = lambda: elapsed() + dials.elapsed / 1000
    time.monotonic_ns = lambda: elapsed_ns() + dials.elapsed * 1_000_000


def _tick() -> None:
    asyncio.get_running_loop().call_later(_TICK, _tick)


def _shorten_waits() -> None:
    """Waits of real seconds that no clock of Python's can shorten."""
    sqlite: Any = importlib.import_module("bot.storage.sqlite")
    # Read where a connection is opened.
    sqlite._PRAGMAS = tuple(
        f"PRAGMA busy_timeout={_PATIENCE_MS}" if "busy_timeout" in one else one for one in sqlite._PRAGMAS
    )
    state: Any = importlib.import_module("discord.state")
    state.AutoShardedConnectionState.__init__ = _hurried(state.AutoShardedConnectionState.__init__)


def _hurried(init: Callable[..., None]) -> Callable[..., None]:
    """The library waits two seconds for further servers before it says that it is ready."""

    def hurried(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        self.guild_ready_timeout = 0.1

    return hurried


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the campaign ends it, by closing its input
    serve()
