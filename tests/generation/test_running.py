"""Tasks that providers work on: when each is asked about, and that no question is asked twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from bot.generation.polling import PollSchedule
from bot.generation.running import RunningTasks
from bot.generation.steps import Ended, Gone, Running, Step
from bot.models import Failure, Model, OpenTask, TaskState
from bot.providers.base import Ticket
from tests.support.clocks import START, StillClock

TIMEOUT_MS = 60_000


def running(number: int = 1, *, job: int = 0, retry_after: float | None = None) -> Running:
    task = OpenTask(number, job or number, 7, Model.PRO, ("a",), (), START, TaskState.RUNNING, 1, 5)
    return Running(task, "a", Ticket(f"r{number}"), START, retry_after)


@dataclass
class Asking:
    """Tasks that run, and the vendor's answers to the questions about them."""

    clock: StillClock = field(default_factory=StillClock)
    schedule: PollSchedule = field(default_factory=PollSchedule)
    answer: Callable[[Running], Step] = lambda one: replace(one, retry_after=None)
    before_the_answer: Callable[[], None] = lambda: None
    asked: list[float] = field(default_factory=list[float])
    """Seconds after which a question was asked."""
    released: list[int] = field(default_factory=list[int])
    tasks: RunningTasks = field(init=False)

    def __post_init__(self) -> None:
        self.tasks = RunningTasks(
            self._poll,
            self.schedule,
            self.clock,
            TIMEOUT_MS,
            released=lambda task, _: self.released.append(task.id),
            wake=lambda: None,
        )

    async def _poll(self, one: Running) -> Step:
        self.asked.append((self.clock.now() - START) / 1000)
        self.before_the_answer()
        return self.answer(one)

    async def due(self) -> list[Step]:
        """Ask what is to be asked now."""
        return [await self.tasks.ask(watch) for watch in self.tasks.take_due()]

    async def until(self, seconds: float) -> list[float]:
        """Ask whatever is due in this time; gives when each question of it was asked."""
        before, end = len(self.asked), START + round(seconds * 1000)
        while (due := self.tasks.next_due) is not None and due <= end:
            self.clock.time = max(self.clock.time, due)
            await self.due()
        self.clock.time = end
        return self.asked[before:]


async def test_a_task_is_first_asked_about_after_a_moment() -> None:
    asking = Asking()
    asking.tasks.add(running())
    assert asking.tasks.next_due == START + 250


async def test_a_task_of_an_earlier_process_is_asked_about_at_once() -> None:
    asking = Asking()
    asking.tasks.add(running(), ask_now=True)
    assert asking.tasks.next_due == START


async def test_a_vendors_pause_is_obeyed_by_the_first_question_and_the_next() -> None:
    asking = Asking(answer=lambda one: replace(one, retry_after=4.0))
    asking.tasks.add(running(retry_after=3.0))
    assert await asking.until(8) == [3.0, 7.0]


async def test_the_last_question_comes_when_the_time_is_up_however_long_a_vendors_pause() -> None:
    asking = Asking(answer=lambda one: Ended(Failure.TIMED_OUT))
    asking.tasks.add(running(retry_after=300.0))
    assert await asking.until(400) == [TIMEOUT_MS / 1000]


async def test_a_task_is_not_asked_about_twice_at_once() -> None:
    asking = Asking()
    asking.tasks.add(running(), ask_now=True)
    [under_way] = asking.tasks.take_due()
    asking.tasks.hint("r1")
    assert asking.tasks.take_due() == []
    await asking.tasks.ask(under_way)


async def test_a_task_that_ended_is_forgotten_and_its_slot_given_back() -> None:
    asking = Asking(answer=lambda one: Ended(None))
    asking.tasks.add(running())
    await asking.until(5)
    assert (len(asking.tasks), asking.released, len(asking.asked)) == (0, [1], 1)


async def test_a_question_that_broke_is_asked_again_after_five_seconds() -> None:
    def broken(_: Running) -> Step:
        raise RuntimeError("the disk is full")

    asking = Asking(answer=broken)
    asking.tasks.add(running(), ask_now=True)
    with pytest.raises(RuntimeError):
        await asking.due()
    asking.answer = lambda one: Ended(None)
    assert await asking.until(6) == [5.0]


# Called back


async def test_a_call_back_is_followed_by_a_question_at_once() -> None:
    asking = Asking(answer=lambda one: Ended(None))
    asking.tasks.add(running(retry_after=5.0))
    asking.tasks.hint("r1")
    assert len(await asking.due()) == 1


async def test_a_call_back_while_a_question_is_under_way_is_followed_by_another() -> None:
    asking = Asking()
    asking.before_the_answer = lambda: asking.tasks.hint("r1")
    asking.tasks.add(running(retry_after=5.0), ask_now=True)
    await asking.due()
    asking.before_the_answer = lambda: None
    assert len(await asking.due()) == 1


async def test_a_call_back_that_came_early_leaves_one_question_at_a_time() -> None:
    """The vendor calls, and says when asked that it is not done and wants to be left alone for four seconds."""
    asking = Asking(answer=lambda one: replace(one, retry_after=4.0))
    asking.tasks.add(running(retry_after=1.0))
    asking.tasks.hint("r1")
    assert await asking.until(9) == [0.0, 4.0, 8.0]


async def test_a_call_back_about_an_unknown_task_changes_nothing() -> None:
    asking = Asking()
    asking.tasks.add(running(retry_after=5.0))
    asking.tasks.hint("r2")
    assert asking.tasks.next_due == START + 5_000


# Cancelled


async def test_a_cancelled_jobs_tasks_are_asked_about_until_they_have_ended() -> None:
    asking = Asking(answer=lambda one: Gone() if one.cancelled else replace(one, retry_after=100.0))
    for number, job in ((1, 10), (2, 11), (3, 10)):
        asking.tasks.add(running(number, job=job))
    asking.tasks.cancelled(10)
    assert (len(asking.tasks), asking.released) == (3, [])
    await asking.until(10)
    assert (len(asking.tasks), asking.released) == (1, [1, 3])


@pytest.mark.parametrize("answer", [Gone(), Ended(None), running()], ids=lambda one: type(one).__name__)
async def test_a_task_cancelled_while_it_is_asked_about_gives_its_slot_back_once(answer: Step) -> None:
    asking = Asking(answer=lambda one: Gone() if one.cancelled else answer)
    asking.before_the_answer = lambda: asking.tasks.cancelled(1)
    asking.tasks.add(running())
    await asking.until(10)
    assert asking.released == [1]


# What is learned


@pytest.mark.parametrize(("failure", "learned"), [(None, True), (Failure.NOT_MADE, False)])
async def test_only_finished_pictures_teach_how_long_one_takes(failure: Failure | None, learned: bool) -> None:
    asking = Asking(answer=lambda one: Ended(failure))
    for number in (1, 2, 3):
        asking.tasks.add(running(number))
        await asking.until(3 * number)
    assert (asking.schedule.usual("a", Model.PRO) is not None) == learned


async def test_progress_brings_the_next_question_to_the_expected_end() -> None:
    asking = Asking(answer=lambda one: replace(one, progress=0.9, retry_after=None))
    asking.tasks.add(running(retry_after=9.0))
    asked = await asking.until(9.5)
    asking.answer = lambda one: Ended(None)
    assert asked == [9.0]
    assert await asking.until(11) == [pytest.approx(10.05, abs=0.1)]


async def test_questions_of_many_tasks_come_in_the_order_of_their_times() -> None:
    asking = Asking(answer=lambda one: Ended(None))
    for number, seconds in ((1, 3.0), (2, 1.0), (3, 2.0)):
        asking.tasks.add(running(number, retry_after=seconds))
    assert await asking.until(4) == [1.0, 2.0, 3.0]
    assert asking.released == [2, 3, 1]


async def test_a_new_time_wakes_the_worker() -> None:
    woken = asyncio.Event()
    tasks = RunningTasks(
        lambda one: asyncio.sleep(0, one),
        PollSchedule(),
        StillClock(),
        TIMEOUT_MS,
        released=lambda *_: None,
        wake=woken.set,
    )
    tasks.add(running())
    assert woken.is_set()
