"""Whose turn it is, and where it may run."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.generation.queue import FairQueue
from bot.generation.slots import ProviderSlots
from bot.models import Model, OpenTask, TaskState
from bot.providers.base import Capabilities


def task(number: int, member: int, job: int = 0, model: Model = Model.PRO) -> OpenTask:
    return OpenTask(number, job or number, member, model, ("a", "b"), (), 0, TaskState.QUEUED, 0, 1)


def offer(pro: int = 2, finest: int = 1) -> Capabilities:
    slots = {Model.PRO: pro, Model.MAX: finest}
    return Capabilities(frozenset(Model), range(7), range(7), slots, {Model.PRO: 1, Model.MAX: 2})


def anywhere(_: OpenTask) -> bool:
    return True


def test_the_member_with_fewest_running_comes_first_then_the_oldest() -> None:
    queue = FairQueue()
    for number, member in ((1, 7), (2, 7), (3, 8)):
        queue.put(task(number, member))
    order = []
    while (taken := queue.take(anywhere)) is not None:
        queue.started(taken.member_id)
        order.append(taken.id)
    assert order == [1, 3, 2]


def test_one_that_may_not_run_keeps_its_turn() -> None:
    queue = FairQueue()
    queue.put(task(1, 7, model=Model.MAX))
    queue.put(task(2, 8))
    first = queue.take(lambda one: one.model is Model.PRO)
    second = queue.take(anywhere)
    assert first is not None
    assert second is not None
    assert (first.id, second.id) == (2, 1)


def test_a_cancelled_jobs_tasks_are_forgotten() -> None:
    queue = FairQueue()
    for number in (1, 2, 3):
        queue.put(task(number, 7, job=2 if number == 2 else 1))
    queue.drop_job(1)
    assert len(queue) == 1
    taken = queue.take(anywhere)
    assert taken is not None
    assert taken.id == 2
    assert queue.take(anywhere) is None


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=60))
def test_nothing_is_lost_and_nothing_is_taken_twice(steps: list[tuple[int, bool]]) -> None:
    queue, taken, put = FairQueue(), Counter[int](), 0
    for member, take in steps:
        if take and (one := queue.take(anywhere)) is not None:
            taken[one.id] += 1
            queue.started(one.member_id)
        else:
            put += 1
            queue.put(task(put, member))
    while (one := queue.take(anywhere)) is not None:
        taken[one.id] += 1
    assert taken == Counter(range(1, put + 1))
    assert len(queue) == 0


def test_a_full_provider_is_waited_for_and_a_resting_one_is_passed_over() -> None:
    capacity = ProviderSlots({"a": offer(), "b": offer()})
    capacity.take("a", Model.PRO)
    capacity.take("a", Model.PRO)
    assert capacity.choose(("a", "b"), Model.PRO, now=0) is None
    capacity.rest("a", now=0)
    assert capacity.choose(("a", "b"), Model.PRO, now=1) == "b"


def test_the_max_model_has_a_limit_of_its_own() -> None:
    capacity = ProviderSlots({"a": offer(pro=3, finest=1)})
    capacity.take("a", Model.MAX)
    assert capacity.choose(("a",), Model.MAX, now=0) is None
    assert capacity.choose(("a",), Model.PRO, now=0) == "a"
    capacity.give_back("a", Model.MAX)
    assert capacity.choose(("a",), Model.MAX, now=0) == "a"


def test_a_provider_in_trouble_rests_longer_each_time_until_it_is_well() -> None:
    capacity = ProviderSlots({"a": offer()})
    rests = []
    for _ in range(3):
        capacity.rest("a", now=0)
        rests.append(capacity.wakes_at(0))
    assert rests == [2_000, 4_000, 8_000]
    capacity.well("a")
    assert capacity.wakes_at(0) is None
    capacity.rest("a", now=0, at_least_ms=30_000)
    assert capacity.wakes_at(0) == 30_000
