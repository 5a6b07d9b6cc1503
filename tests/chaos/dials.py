"""What the campaign turns while the bot runs: a few numbers in a file that both processes have mapped.

A signal or a request would be work for the bot's own loop; a number in memory is read wherever it is needed.
"""

from __future__ import annotations

import mmap
import struct
from enum import IntEnum
from pathlib import Path
from typing import Self

_SHAPE = struct.Struct("<qqq")


class Disk(IntEnum):
    """What the bot's own connection to the database meets."""

    SOUND = 0
    FULL = 1
    READ_ONLY = 2


class Dials:
    """``wall`` and ``elapsed`` are milliseconds to be added to the wall clock and to the monotonic clock."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_SHAPE.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SHAPE.size)

    @property
    def wall(self) -> int:
        return self._get(0)

    @property
    def elapsed(self) -> int:
        return self._get(1)

    @property
    def disk(self) -> Disk:
        return Disk(self._get(2))

    @disk.setter
    def disk(self, disk: Disk) -> None:
        self._set(2, disk)

    def step_wall(self, milliseconds: int) -> None:
        """Put the wall clock forward or back; time itself goes on as before."""
        self._set(0, self.wall + milliseconds)

    def pass_time(self, milliseconds: int) -> None:
        """Let time pass, by both clocks."""
        self._set(1, self.elapsed + milliseconds)
        self._set(0, self.wall + milliseconds)

    def close(self) -> None:
        self._memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _get(self, index: int) -> int:
        return _SHAPE.unpack_from(self._memory)[index]

    def _set(self, index: int, value: int) -> None:
        struct.pack_into("<q", self._memory, index * 8, value)
