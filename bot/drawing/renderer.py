"""Draws in a process of its own, because resvg holds Python's lock until it is done and nothing else could run."""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from typing import TypeVarTuple

from bot.errors import DrawingFailed

_Ts = TypeVarTuple("_Ts")

_KEPT = ("HOME", "PATH", "SYSTEMROOT")  # all that the process learns of the environment, which holds keys


class Renderer:
    """One drawing at a time, each in a fresh process that leaves neither memory nor a fault behind."""

    def __init__(self, timeout: float = 30) -> None:
        self._timeout = timeout
        self._turn = asyncio.Semaphore(1)

    async def draw(self, work: Callable[[*_Ts], bytes], *arguments: *_Ts) -> bytes:
        """What a function of a module makes of values that can be pickled. Raises ``DrawingFailed``."""
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot.drawing", stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
            )
            try:
                async with asyncio.timeout(self._timeout):
                    image, trouble = await process.communicate(pickle.dumps((work, arguments)))
            except TimeoutError:
                raise DrawingFailed(f"not done after {self._timeout} s") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode:
            raise DrawingFailed(trouble.decode(errors="replace")[-500:])
        return image
