"""How often who may ask."""

from __future__ import annotations

import pytest

from bot.admission.rate_limits import Action, RateLimits
from bot.errors import TooFast
from tests.support.clocks import START, StillClock


class Watch:
    def __init__(self) -> None:
        self.seconds = 50.0

    def __call__(self) -> float:
        return self.seconds


def limits() -> tuple[RateLimits, Watch]:
    watch = Watch()
    return RateLimits(StillClock(), watch), watch


def taken(limits: RateLimits, action: Action, member_id: int, guild_id: int | None, tries: int = 2000) -> int:
    return sum(limits.allows(action, member_id, guild_id) for _ in range(tries))


def test_a_fast_player_is_never_refused() -> None:
    rates, watch = limits()
    for _ in range(600):  # ten minutes of one click a second
        rates.take(Action.INTERACTION, 7, 1)
        watch.seconds += 1


def test_a_burst_is_allowed_and_then_one_at_a_time_with_the_time_of_the_next() -> None:
    rates, watch = limits()
    assert taken(rates, Action.MENTION, 7, None) == 5
    with pytest.raises(TooFast) as refused:
        rates.take(Action.MENTION, 7, None)
    assert refused.value.again_at == START + 13_000
    watch.seconds += 12
    assert taken(rates, Action.MENTION, 7, None) == 1


def test_one_member_does_not_use_up_what_others_have() -> None:
    rates, _ = limits()
    taken(rates, Action.MENTION, 7, 1)
    assert taken(rates, Action.MENTION, 8, 1) == 5


def test_two_hundred_members_of_one_server_pass_at_once_and_a_raid_does_not() -> None:
    rates, _ = limits()
    assert all(rates.allows(Action.INTERACTION, member, 1) for member in range(200))
    assert sum(rates.allows(Action.INTERACTION, member, 1) for member in range(200, 5_000)) == 400
    assert rates.allows(Action.INTERACTION, 1, 2)


def test_what_was_in_vain_is_not_tried_again_for_a_day() -> None:
    rates, watch = limits()
    rates.close(Action.HINT, 7)
    watch.seconds += 80_000
    assert not rates.allows(Action.HINT, 7, 1)
    watch.seconds += 10_000
    assert rates.allows(Action.HINT, 7, 1)


def test_members_who_have_their_whole_allowance_are_forgotten() -> None:
    rates, watch = limits()
    for member in range(50_000):
        rates.allows(Action.MENTION, member, None)
        watch.seconds += 1
    assert len(rates) <= 10_001
