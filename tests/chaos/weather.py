"""How Discord is today: what share of the calls goes wrong, and how; or that nothing works at all."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from playground.rest.faults import Fault, Faults

_SPARED = {"/gateway", "/gateway/bot"}


@dataclass(slots=True)
class Weather(Faults):
    """The script of faults, and a share of all calls beside it that meet one by chance."""

    rng: random.Random = field(default_factory=random.Random)
    share: float = 0.0
    """How many of the calls meet a fault, from 0 to 1."""
    down: bool = False
    """Nothing works: every call is answered with 503, the gateway's address too."""

    def take(self, method: str, template: str) -> Fault | None:
        scripted = Faults.take(self, method, template)
        if scripted is not None:
            return scripted
        if self.down:
            return Fault(method, template, status=503)
        if template in _SPARED or self.rng.random() >= self.share:
            return None
        return self._fault(method, template)

    def clear(self) -> None:
        Faults.clear(self)
        self.share, self.down = 0.0, False

    def _fault(self, method: str, template: str) -> Fault:
        """An error before the call was carried out, an answer that is lost after it was, or one that is late."""
        match self.rng.randrange(5):
            case 0:
                return Fault(method, template, reset=True)
            case 1:
                return Fault(method, template, reset=True, applied=True)
            case 2:
                return Fault(method, template, status=self.rng.choice((500, 502)), applied=True)
            case 3:
                return Fault(method, template, stall=self.rng.uniform(0.05, 0.5))
            case _:
                status = self.rng.choice((500, 502, 503, 429))
                return Fault(method, template, status=status, retry_after=0.2)
