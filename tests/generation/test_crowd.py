"""What waits while many wait for their first answer."""

from __future__ import annotations

import asyncio

import pytest

from bot.admission.arrivals import Arrivals
from bot.generation.crowd import Crowd
from bot.models import ReplyToken
from tests.support.clocks import START, StillClock


class Hurrying(StillClock):
    """A clock that goes on while it is read: what was within half a second just now is not any more."""

    def monotonic(self) -> int:
        now = super().monotonic()
        if now == START + 499:
            self._now += 1
        return now


class People:
    """Members who ask at the same moment."""

    def __init__(self, clock: StillClock | None = None) -> None:
        self.clock = clock or StillClock()
        self.arrivals = Arrivals(lambda: self.clock.time / 1000)
        self.crowd = Crowd(self.arrivals, self.clock)
        self.waiting: list[ReplyToken] = []

    def come(self, count: int) -> None:
        for _ in range(count):
            reply = ReplyToken(1, f"{self.clock.time} {len(self.waiting)}", self.clock.time, len(self.waiting))
            self.arrivals.check(reply)
            self.waiting.append(reply)

    def answer(self, count: int) -> None:
        for _ in range(count):
            self.arrivals.answered(self.waiting.pop())

    async def pass_time(self, milliseconds: int) -> None:
        self.clock.time += milliseconds
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
def people() -> People:
    return People()


async def test_a_few_hold_nothing(people: People) -> None:
    people.come(7)
    assert not people.crowd.holds()
    await people.crowd.passed()


async def test_all_that_wait_go_on_once_the_last_of_a_crowd_has_its_answer(people: People) -> None:
    people.come(8)
    held = [asyncio.create_task(people.crowd.passed()) for _ in range(3)]
    await people.pass_time(20)
    people.answer(7)
    await people.pass_time(20)
    assert not any(one.done() for one in held)
    people.answer(1)
    await people.pass_time(20)
    assert all(one.done() for one in held)


async def test_a_second_crowd_is_waited_for_too(people: People) -> None:
    for _ in range(2):
        people.come(8)
        held = asyncio.create_task(people.crowd.passed())
        await people.pass_time(20)
        assert not held.done()
        people.answer(8)
        await people.pass_time(20)
        assert held.done()


async def test_a_crowd_that_gets_no_answer_holds_for_half_a_second(people: People) -> None:
    people.come(8)
    held = asyncio.create_task(people.crowd.passed())
    await people.pass_time(0)
    for _ in range(24):
        await people.pass_time(20)
    assert not held.done()
    await people.pass_time(20)
    assert held.done()
    people.come(8)
    assert not people.crowd.holds()  # again only after all have been answered
    await people.crowd.passed()


async def test_half_a_second_that_ends_while_it_is_looked_at_is_noticed_all_the_same() -> None:
    people = People(Hurrying())
    people.come(8)
    held = asyncio.create_task(people.crowd.passed())
    await people.pass_time(0)
    await people.pass_time(499)
    await people.pass_time(20)
    assert held.done()


async def test_who_was_held_for_a_crowd_that_is_answered_does_not_wait_for_the_next(people: People) -> None:
    people.come(8)
    held = asyncio.create_task(people.crowd.passed())
    await people.pass_time(0)
    people.answer(8)
    assert not people.crowd.holds()  # somebody else has looked
    people.come(8)
    later = asyncio.create_task(people.crowd.passed())
    await people.pass_time(20)
    assert held.done()
    assert not later.done()
    people.answer(8)
    await people.pass_time(20)
    assert later.done()


async def test_who_is_cancelled_while_held_takes_nobody_along(people: People) -> None:
    people.come(8)
    first, second = (asyncio.create_task(people.crowd.passed()) for _ in range(2))
    await people.pass_time(20)
    first.cancel()
    await people.pass_time(20)
    assert first.cancelled()
    assert not second.done()
    people.answer(8)
    await people.pass_time(20)
    assert second.done()
