"""What the operator must hear of, each once a day: the budget's 80 and 100 percent, and a provider that needs them.

That an alert was told is noted in the database, so that neither a restart nor a second process repeats it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from bot.clock import DAY_MS, Clock
from bot.models import Failure
from bot.storage import Database, alerts

_log = structlog.get_logger(__name__)

BUDGET_LEVELS = (0.8, 1.0)
_NEEDS = {Failure.BAD_KEY, Failure.OUT_OF_FUNDS}


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to tell the operator: so much of the budget is spent, or a provider refuses the bot itself.

    ``name`` is what makes it the same alert as before.
    """

    name: str
    spent: float | None = None
    """The share of the budget, 0 to 1."""
    provider: str = ""
    failure: Failure | None = None
    invalid_requests: int = 0
    """How many calls Discord refused within 10 minutes."""


class OperatorAlerts:
    """Takes events where they happen, without waiting and however many they are."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._queue: asyncio.Queue[Alert] = asyncio.Queue()
        self._raised: dict[str, int] = {}

    def budget(self, share: float) -> None:
        """The spend has this share of the budget, 0 to 1; what did not fit counts as all of it."""
        for level in BUDGET_LEVELS:
            if share >= level:
                self._raise(Alert(f"budget-{level:.0%}", spent=level))

    def trouble(self, provider: str, failure: Failure) -> None:
        """A provider refuses the bot itself."""
        if failure in _NEEDS:
            self._raise(Alert(f"{provider}-{failure}", provider=provider, failure=failure))

    def invalid_requests(self, count: int) -> None:
        """Discord refused so many calls within 10 minutes."""
        self._raise(Alert("invalid-requests", invalid_requests=count))

    async def waiting(self) -> Alert:
        """The next alert that nobody was told within a day; tell ``told`` once somebody was."""
        while True:
            alert = await self._queue.get()
            try:
                told_at = await self._database.read(alerts.told_at, alert.name)
            except Exception:
                self.again(alert)
                raise
            if told_at is None or told_at <= self._clock.now() - DAY_MS:
                return alert

    async def told(self, alert: Alert) -> None:
        """The operator knows."""
        await self._database.write(alerts.note, alert.name, self._clock.now())

    def _raise(self, alert: Alert) -> None:
        now = self._clock.monotonic()
        if now - self._raised.get(alert.name, -DAY_MS) < DAY_MS:
            return
        self._raised[alert.name] = now
        _log.error("operator alert", alert=alert.name)
        self._queue.put_nowait(alert)

    def again(self, alert: Alert) -> None:
        """It could not be told: the next time that it happens, it is tried again."""
        self._raised.pop(alert.name, None)
