"""Pure: which provider may be asked now. Slots are its limit of active tasks; a breaker rests one that is down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from bot.models import Model, ProviderRest
from bot.providers.base import Capabilities

_WELL = ProviderRest()


class ProviderSlots:
    """Slots taken and breakers open, for every provider that this process knows."""

    def __init__(self, offers: Mapping[str, Capabilities], rests: Mapping[str, ProviderRest] | None = None) -> None:
        self._offers = offers
        self._active: Counter[str | tuple[str, Model]] = Counter()
        """Tasks of a provider, and of each of its models."""
        self._rests = dict(rests or {})

    def choose(self, candidates: Iterable[str], model: Model, now: int) -> str | None:
        """The first candidate whose breaker is closed, if it has a free slot; full ones are waited for."""
        for name in candidates:
            if name in self._offers and not self.resting(name, now):
                return name if self._free(name, model) else None
        return None

    def wakes_at(self, now: int) -> int | None:
        """When the next breaker closes; None while all are closed."""
        return min((rest.until for rest in self._rests.values() if rest.until > now), default=None)

    def any_awake(self, now: int) -> bool:
        """Whether at least one breaker is closed."""
        return not all(self.resting(name, now) for name in self._offers)

    def resting(self, name: str, now: int) -> bool:
        """Whether a provider's breaker is open."""
        return self._rests.get(name, _WELL).until > now

    def active(self, name: str) -> int:
        """How many tasks a provider has."""
        return self._active[name]

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
        self._active[name] += 1
        self._active[name, model] += 1

    def give_back(self, name: str, model: Model) -> None:
        """A task ended there."""
        self._active[name] -= 1
        self._active[name, model] -= 1

    def rest(self, name: str, now: int, sent_at: int, *, at_least_ms: float = 0) -> None:
        """What was sent there then met with trouble: do not submit there for a while."""
        self._rests[name] = self._rests.get(name, _WELL).struck(now, sent_at, at_least_ms)

    def well(self, name: str, sent_at: int) -> bool:
        """It took what was sent then: forget its troubles, unless they are newer. Whether there were any."""
        ended = name in self._rests and self._rests[name].ended_by(sent_at)
        if ended:
            del self._rests[name]
        return ended

    def _free(self, name: str, model: Model) -> bool:
        slots = self._offers[name].slots
        return self.active(name) < max(slots.values()) and self._active[name, model] < slots.get(model, 0)
