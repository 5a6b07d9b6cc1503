"""Pure: which provider may be asked now. Slots are its limit of active tasks; a breaker rests one that is down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from bot.models import Model
from bot.providers.base import Capabilities

_FIRST_REST_MS = 2_000
_LONGEST_REST_MS = 60_000


class ProviderSlots:
    """Slots taken and breakers open, for every provider of this process."""

    def __init__(self, offers: Mapping[str, Capabilities]) -> None:
        self._offers = offers
        self._active: Counter[tuple[str, Model]] = Counter()
        self._strikes: Counter[str] = Counter()
        self._rest_until: dict[str, int] = {}

    def choose(self, candidates: Iterable[str], model: Model, now: int) -> str | None:
        """The first candidate whose breaker is closed, if it has a free slot; full ones are waited for."""
        for name in candidates:
            if name in self._offers and not self.resting(name, now):
                return name if self._free(name, model) else None
        return None

    def wakes_at(self, now: int) -> int | None:
        """When the next breaker closes; None while all are closed."""
        return min((until for until in self._rest_until.values() if until > now), default=None)

    def any_awake(self, now: int) -> bool:
        """Whether at least one breaker is closed."""
        return not all(self.resting(name, now) for name in self._offers)

    def resting(self, name: str, now: int) -> bool:
        """Whether a provider's breaker is open."""
        return self._rest_until.get(name, 0) > now

    def active(self, name: str) -> int:
        """How many tasks a provider has."""
        return sum(self._active[name, each] for each in Model)

    @property
    def any_free(self) -> bool:
        """Whether any provider could take any task; saves looking at the queue when none can."""
        return any(self._free(name, Model.PRO) for name in self._offers)

    @property
    def free(self) -> int:
        """How many tasks could begin now, whichever model they are for."""
        return sum(max(0, max(offer.slots.values()) - self.active(name)) for name, offer in self._offers.items())

    def take(self, name: str, model: Model) -> None:
        """A task begins there."""
        self._active[name, model] += 1

    def give_back(self, name: str, model: Model) -> None:
        """A task ended there."""
        self._active[name, model] -= 1

    def rest(self, name: str, now: int, *, at_least_ms: float = 0) -> None:
        """Do not submit there for a while: twice as long with each trouble in a row."""
        length = min(_LONGEST_REST_MS, _FIRST_REST_MS * 2 ** min(self._strikes[name], 10))
        self._strikes[name] += 1
        self._rest_until[name] = now + int(max(length, at_least_ms))

    def well(self, name: str) -> None:
        """It took a task: forget its troubles."""
        if name in self._strikes:
            del self._strikes[name]
            self._rest_until.pop(name, None)

    def _free(self, name: str, model: Model) -> bool:
        slots = self._offers[name].slots
        return self.active(name) < max(slots.values()) and self._active[name, model] < slots.get(model, 0)
