"""How many rows a chore takes into one transaction: as many as keep nobody waiting, which depends on the disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from bot.storage.database import Connection

_P = ParamSpec("_P")
_T = TypeVar("_T")

_FIRST = 10
_ENOUGH_S = 0.010
"""So long a transaction may work: twice that is still not noticed by who waits for it."""


class Slices:
    """One chore's: the next slice is larger or smaller by how long the last one took.

    Of a large database the rows of one member or one day lie scattered, and each may have to be read from the disk.
    """

    def __init__(self, most: int, seconds: Callable[[], float] = time.perf_counter) -> None:
        self.rows = min(_FIRST, most)
        self._most = most
        self._seconds = seconds

    def take(
        self,
        connection: Connection,
        work: Callable[Concatenate[Connection, int, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """A unit of work that takes another slice: ``work`` is told after its connection how many rows that may be."""
        began = self._seconds()
        outcome = work(connection, self.rows, *args, **kwargs)
        took = self._seconds() - began
        if took > _ENOUGH_S:
            self.rows = max(1, int(self.rows * _ENOUGH_S / took))
        elif took < _ENOUGH_S / 2:
            self.rows = min(self._most, self.rows * 2)
        return outcome
