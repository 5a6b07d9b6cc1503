"""What an open database can do: run units of work.

A unit of work is an ordinary function ``work(connection, …)`` over a synchronous connection. It cannot await, so no
transaction can be held across a network call; it runs as a whole, away from the event loop, in one trip. It may be run
again when the transaction that it shared with others failed, so it does nothing but read and write rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

__all__ = ["Connection", "Database", "Work"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
Work = Callable[[Connection], _T]


class Database(ABC):
    """An open database; ``open_database`` gives one."""

    async def write(self, work: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a unit of work in a transaction; it is committed durably when this returns.

        Writers take turns, so what the unit has read is still true when it writes. Raises what the unit raises; then
        nothing of it is kept.
        """
        return await self._write(lambda connection: work(connection, *args, **kwargs))

    async def read(self, work: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a unit that only reads; it never waits for a writer, and each statement sees what was committed last."""
        return await self._read(lambda connection: work(connection, *args, **kwargs))

    @abstractmethod
    async def start(self) -> None:
        """Connect and migrate."""

    @abstractmethod
    async def close(self) -> None:
        """Wait for everything under way, then close every connection."""

    @abstractmethod
    async def _write(self, work: Work[_T]) -> _T: ...

    @abstractmethod
    async def _read(self, work: Work[_T]) -> _T: ...
