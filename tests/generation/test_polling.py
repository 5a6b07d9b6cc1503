"""When to ask again: shown on a virtual clock."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.background import backoff
from bot.generation.polling import LONGEST, SHORTEST, PollSchedule, expected_end
from bot.models import Model

Progress = Callable[[float], float | None]


def run(schedule: PollSchedule, seconds: float, progress: Progress, retry_after: float | None) -> tuple[float, int]:
    """Poll a task that takes so long; gives the lag and the number of polls."""
    now, polls, samples = 0.0, 0, ()
    while True:
        before = now
        now += schedule.next_delay("bfl", Model.PRO, now, polls, samples, retry_after)
        polls += 1
        if now >= seconds:
            schedule.observe("bfl", Model.PRO, now, before)
            return now - seconds, polls
        reported = progress(now / seconds)
        if reported is not None:
            samples = (*samples[-5:], (now, reported))


def many(durations: list[float], progress: Progress, retry_after: float | None = 1.0) -> tuple[float, float]:
    """Median lag and mean polls of tasks one after another."""
    schedule = PollSchedule()
    lags, polls = zip(*(run(schedule, seconds, progress, retry_after) for seconds in durations), strict=True)
    return statistics.median(lags), statistics.mean(polls)


def drawn(seed: int, draw: Callable[[random.Random], float]) -> list[float]:
    rng = random.Random(seed)
    return [draw(rng) for _ in range(200)]


UNIFORM = drawn(3, lambda rng: rng.uniform(4, 12))
STEADY = drawn(4, lambda rng: rng.gauss(6, 0.3))


def test_with_progress_the_end_is_met_within_150_ms_by_few_polls() -> None:
    lag, polls = many(UNIFORM, lambda share: round(share, 2))
    assert lag <= 0.150
    assert polls <= 6


def test_coarse_progress_still_brings_it_close() -> None:
    lag, polls = many(UNIFORM, lambda share: int(share * 10) / 10)
    assert lag <= 1.0
    assert polls <= 6


def test_a_steady_model_is_learned() -> None:
    lag, polls = many(STEADY, lambda _: None, None)
    assert lag <= 0.25
    assert polls <= 6


def test_progress_that_goes_back_or_says_nothing_is_not_believed() -> None:
    assert expected_end(()) is None
    assert expected_end(((1.0, 0.0),)) is None
    assert expected_end(((1.0, 0.5), (2.0, 0.4))) is None
    assert expected_end(((1.0, 0.25),)) == 4.0
    assert expected_end(((2.0, 0.25), (3.0, 0.5))) == 5.0


@given(
    st.floats(0, 1000),
    st.integers(0, 100),
    st.lists(st.tuples(st.floats(0, 1000), st.floats(-1, 2)), max_size=6),
    st.none() | st.floats(0, 60),
)
def test_a_pause_is_never_absurd_and_obeys_the_vendor(
    elapsed: float, polls: int, samples: list[tuple[float, float]], retry_after: float | None
) -> None:
    delay = PollSchedule().next_delay("bfl", Model.PRO, elapsed, polls, tuple(samples), retry_after)
    assert SHORTEST <= delay <= max(LONGEST, retry_after or 0)
    assert delay >= (retry_after or 0)


def test_pauses_between_tries_double_up_to_the_cap() -> None:
    rng = random.Random(1)
    for attempt, longest in ((0, 1.0), (1, 2.0), (3, 8.0), (50, 300.0)):
        seconds = backoff(attempt, base=1.0, cap=300.0, rng=rng)
        assert longest / 2 <= seconds <= longest


def test_a_fast_vendor_is_learned_after_three_ends() -> None:
    schedule = PollSchedule()
    lags = [run(schedule, 0.05, lambda _: None, None)[0] for _ in range(6)]
    assert lags[0] <= 0.25
    assert max(lags[3:]) <= 0.15


def test_of_an_unknown_task_is_asked_early_and_then_rarely() -> None:
    asked: list[float] = []
    elapsed = 0.0
    while elapsed < 12:
        elapsed += PollSchedule().next_delay("bfl", Model.PRO, elapsed, len(asked))
        asked.append(elapsed)
    assert asked[0] <= 0.3
    assert len([at for at in asked if at < 4]) <= 5
    assert max(later - earlier for earlier, later in pairwise(asked[4:])) <= 0.75
