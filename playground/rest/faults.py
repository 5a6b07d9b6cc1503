"""Scripted trouble: what the next matching request shall meet, and a record of every request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Fault:
    """What a request meets. `applied`: it is carried out all the same, and only its answer is lost."""

    method: str
    template: str
    status: int | None = None
    code: int = 0
    retry_after: float | None = None
    reset: bool = False
    stall: float | None = None
    held: asyncio.Event | None = None
    """What was carried out at once is not answered before this is set."""
    applied: bool = False
    html: bool = False
    """A page is answered, as by a proxy that stands before Discord."""
    times: int = 1

    @property
    def spoils(self) -> bool:
        """Whether the answer itself is lost; a stall alone only makes it late."""
        return self.status is not None or self.reset or self.html


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its path template without the API's prefix, and what was answered."""

    method: str
    template: str
    status: int
    at: float
    body: Any = None
    files: int = 0


@dataclass(slots=True)
class Faults:
    """The script; a fault is used up by as many requests as it says."""

    script: list[Fault] = field(default_factory=list[Fault])

    def next(self, method: str, template: str, **what: Any) -> None:
        """Let the next request of this kind meet a fault; see `Fault`."""
        self.script.append(Fault(method, template, **what))

    def clear(self) -> None:
        """Let everything work again."""
        self.script.clear()

    def take(self, method: str, template: str) -> Fault | None:
        """The fault for a request, if one is scripted."""
        for fault in self.script:
            if fault.method == method and fault.template == template:
                fault.times -= 1
                if fault.times <= 0:
                    self.script.remove(fault)
                return fault
        return None
