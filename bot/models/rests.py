"""How a provider in trouble is left alone: a breaker, whose times come from one clock, whichever that is."""

from __future__ import annotations

from dataclasses import dataclass, replace

_FIRST_REST_MS = 2_000
_LONGEST_REST_MS = 60_000


@dataclass(frozen=True, slots=True)
class ProviderRest:
    """A provider's troubles in a row. Times in milliseconds."""

    strikes: int = 0
    struck_at: int = -1
    """When the last trouble was noticed."""
    until: int = 0
    """Nothing is sent there before."""

    def struck(self, now: int, sent_at: int, at_least_ms: float = 0) -> ProviderRest:
        """After a trouble with what was sent then: it rests twice as long with each in a row.

        What was sent before the last trouble was noticed tells of the same one: a batch is no row of troubles.
        """
        if sent_at <= self.struck_at:
            return replace(self, until=max(self.until, now + int(at_least_ms)))
        length = min(_LONGEST_REST_MS, _FIRST_REST_MS * 2 ** min(self.strikes, 10))
        return ProviderRest(self.strikes + 1, now, now + int(max(length, at_least_ms)))

    def ended_by(self, sent_at: int) -> bool:
        """Whether a provider that took what was sent then is well again."""
        return sent_at > self.struck_at
