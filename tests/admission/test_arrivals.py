"""How old an interaction is, when clocks differ and step."""

from __future__ import annotations

import pytest

from bot.admission.arrivals import Arrivals
from bot.errors import TooLate
from bot.models import ReplyToken
from tests.support.clocks import START


class Monotonic:
    """Seconds since nobody knows when; a test lets them pass."""

    def __init__(self) -> None:
        self.seconds = 1234.5

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("apart", [0, -90_000, 90_000, 10**12])
def test_an_age_does_not_depend_on_how_clocks_differ(apart: int) -> None:
    time = Monotonic()
    arrivals, discord = Arrivals(time), START + apart
    assert arrivals.age_ms(discord) == 0
    time.seconds += 4
    assert arrivals.age_ms(discord + 4_000) == 0
    assert arrivals.age_ms(discord + 1_300) == 2_700


def test_what_comes_faster_than_all_before_is_the_new_measure() -> None:
    time = Monotonic()
    arrivals = Arrivals(time)
    arrivals.age_ms(START)  # it was late, but nobody could know
    assert arrivals.age_ms(START + 2_000) == 0
    assert arrivals.age_ms(START) == 2_000


def test_a_clock_that_drifts_is_followed_within_the_hour() -> None:
    time = Monotonic()
    arrivals = Arrivals(time)
    arrivals.age_ms(START)
    for minutes in range(1, 90):
        time.seconds += 60.05  # an absurd drift: 50 ms a minute
        arrivals.age_ms(START + minutes * 60_000)
    assert arrivals.age_ms(START + 89 * 60_000) <= 3_000


def test_only_what_can_hardly_be_answered_is_refused() -> None:
    time = Monotonic()
    arrivals = Arrivals(time)
    arrivals.check(None)
    arrivals.check(ReplyToken(1, "t", START))
    time.seconds += 2.4
    arrivals.check(ReplyToken(1, "t", START))
    time.seconds += 0.2
    with pytest.raises(TooLate) as refused:
        arrivals.check(ReplyToken(1, "t", START))
    assert refused.value.age_ms == 2_600


def test_in_a_crowd_what_the_answers_take_is_reckoned_with() -> None:
    time = Monotonic()
    arrivals = Arrivals(time)
    crowd = [ReplyToken(1, f"t{number}", START) for number in range(5)]
    for one in crowd:
        arrivals.check(one)
    time.seconds += 2
    late = ReplyToken(1, "late", START + 800)  # 1.2 s old, and answers take 2 s at present
    for one in crowd[:3]:
        arrivals.answered(one)
    arrivals.check(late)
    arrivals.answered(crowd[3])
    with pytest.raises(TooLate):
        arrivals.check(late)
    time.seconds += 1.1
    arrivals.check(ReplyToken(1, "later", START + 3_100))


def test_it_is_known_how_many_of_late_wait_for_their_answer() -> None:
    time = Monotonic()
    arrivals = Arrivals(time)
    crowd = [ReplyToken(1, f"token {number}", START, number) for number in range(16)]
    for one in crowd[:-1]:
        arrivals.check(one)
        arrivals.check(one)
    assert not arrivals.waiting(16)
    arrivals.check(crowd[-1])
    assert arrivals.waiting(16)
    arrivals.answered(crowd[3])
    assert not arrivals.waiting(16)
    arrivals.check(crowd[3])
    assert arrivals.waiting(16)
    time.seconds += 1  # whatever became of them: nobody waits for good
    assert not arrivals.waiting(16)
