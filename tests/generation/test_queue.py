"""Whose turn it is, and where it may run."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from bot.generation.queue import FairQueue
from bot.generation.slots import ProviderSlots
from bot.models import Model, OpenTask, TaskState
from bot.providers.base import Capabilities


def task(number: int, member: int, job: int = 0, model: Model = Model.PRO, server: int | None = 1) -> OpenTask:
    job = job or number
    return OpenTask(number, job, member, model, ("a", "b"), (), 0, TaskState.QUEUED, 0, 1, guild_id=server)


def order(queue: FairQueue) -> list[int]:
    """Tasks in the order in which they are taken, if none ends meanwhile."""
    taken: list[int] = []
    while (one := queue.take(anywhere)) is not None:
        queue.started(one)
        taken.append(one.id)
    return taken


def offer(pro: int = 2, finest: int = 1) -> Capabilities:
    slots = {Model.PRO: pro, Model.MAX: finest}
    return Capabilities(frozenset(Model), range(7), range(7), slots, {Model.PRO: 1, Model.MAX: 2})


def anywhere(_: OpenTask) -> bool:
    return True


def test_the_member_with_fewest_running_comes_first_then_the_oldest() -> None:
    queue = FairQueue()
    for number, member in ((1, 7), (2, 7), (3, 8)):
        queue.put(task(number, member))
    assert order(queue) == [1, 3, 2]


def test_the_server_with_fewest_running_comes_before_its_members() -> None:
    queue = FairQueue()
    for number, member in enumerate((7, 8, 9, 10), start=1):
        queue.put(task(number, member, server=1))
    queue.put(task(5, 11, server=2))
    queue.put(task(6, 11, server=2))
    assert order(queue) == [1, 5, 2, 6, 3, 4]


def test_direct_conversations_are_not_one_server() -> None:
    queue = FairQueue()
    queue.put(task(1, 7, server=1))
    queue.put(task(2, 7, server=1))
    for number, member in ((3, 8), (4, 9)):
        queue.put(task(number, member, server=None))
    assert order(queue) == [1, 3, 4, 2]


def test_a_look_at_twenty_thousand_tasks_that_cannot_run_asks_of_one() -> None:
    queue, asked = FairQueue(), 0

    def nowhere(_: OpenTask) -> bool:
        nonlocal asked
        asked += 1
        return False

    for number in range(20_000):
        queue.put(task(number, number, server=number % 100))
    assert queue.take(nowhere) is None
    assert asked == 1


def test_one_that_may_not_run_keeps_its_turn() -> None:
    queue = FairQueue()
    queue.put(task(1, 7, model=Model.MAX))
    queue.put(task(2, 8))
    first = queue.take(lambda one: one.model is Model.PRO)
    second = queue.take(anywhere)
    assert first is not None
    assert second is not None
    assert (first.id, second.id) == (2, 1)


def test_a_task_that_waits_already_is_not_put_twice() -> None:
    queue = FairQueue()
    for _ in range(2):
        queue.put(task(1, 7))
    assert (len(queue), queue.before(1, 8)) == (1, 1)
    queue.drop_job(1)
    assert len(queue) == 0
    queue.put(task(1, 7))
    assert order(queue) == [1]


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


@dataclass
class NaiveQueue:
    """What the queue does, said in the shortest way."""

    waiting: list[OpenTask] = field(default_factory=list)
    running: list[OpenTask] = field(default_factory=list)

    def turn(self, one: OpenTask) -> tuple[int, int, int]:
        here = [other.member_id for other in self.running if server_of(other) == server_of(one)]
        return len(here), here.count(one.member_id), one.id

    def take(self, models: frozenset[Model]) -> OpenTask | None:
        first = min((one for one in self.waiting if one.model in models), key=self.turn, default=None)
        if first is not None:
            self.waiting.remove(first)
        return first


def server_of(one: OpenTask) -> int:
    return one.guild_id or -one.member_id


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 4), st.sampled_from([1, 2, None]), st.sampled_from(Model)),
        st.tuples(st.just("take"), st.frozensets(st.sampled_from(Model), min_size=1)),
        st.tuples(st.just("end"), st.integers(0, 30)),
        st.tuples(st.just("again"), st.integers(0, 30)),
        st.tuples(st.just("drop"), st.integers(0, 30)),
    ),
    max_size=80,
)


@given(STEPS)
def test_it_does_what_a_plain_search_would_do(steps: list[tuple[str, *tuple[object, ...]]]) -> None:
    queue, naive = FairQueue(), NaiveQueue()
    for number, step in enumerate(steps, start=1):
        match step:
            case ("put", int(member), server, Model() as model):
                assert server is None or isinstance(server, int)
                one = task(number, member, job=number // 2, model=model, server=server)
                queue.put(one)
                naive.waiting.append(one)
            case ("take", frozenset() as models):
                found = queue.take(lambda one, models=models: one.model in models)
                assert found == naive.take(models)
                if found is not None:
                    queue.started(found)
                    naive.running.append(found)
            case ("drop", int(job)):
                queue.drop_job(job)
                naive.waiting = [one for one in naive.waiting if one.job_id != job]
            case (what, int(place)) if place < len(naive.running):
                one = naive.running.pop(place)
                queue.ended(one)
                if what == "again":
                    queue.put(one)
                    naive.waiting.append(one)
            case _:
                pass
        assert len(queue) == len(naive.waiting)


@given(STEPS, st.integers(1, 4), st.sampled_from([1, 2, None]), st.integers(1, 4))
def test_the_place_of_a_new_task_is_how_many_are_taken_before_it_or_a_few_more(
    steps: list[tuple[str, *tuple[object, ...]]], member: int, server: int | None, count: int
) -> None:
    queue, servers = FairQueue(), set[int]()
    for number, step in enumerate(steps, start=1):
        match step:
            case ("put", int(whose), where, Model() as model):
                assert where is None or isinstance(where, int)
                queue.put(one := task(number, whose, model=model, server=where))
                servers.add(server_of(one))
            case ("take", _) if (one := queue.take(anywhere)) is not None:
                queue.started(one)
            case _:
                pass
    place = queue.before(server, member, count)
    for number in range(count):
        queue.put(task(1001 - count + number, member, server=server))
    # Between servers with as many running, the members' running tasks decide, which a place does not count.
    assert 0 <= place - order(queue).index(1000) <= len(servers - {server_of(task(0, member, server=server))})


def test_a_full_provider_is_waited_for_and_a_resting_one_is_passed_over() -> None:
    capacity = ProviderSlots({"a": offer(), "b": offer()})
    capacity.take("a", Model.PRO)
    capacity.take("a", Model.PRO)
    assert capacity.choose(("a", "b"), Model.PRO, now=0) is None
    capacity.rest("a", 0, sent_at=0)
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
    rests: list[int | None] = []
    for now in (0, 2_000, 6_000):
        capacity.rest("a", now, sent_at=now)
        rests.append(capacity.wakes_at(now))
    assert rests == [2_000, 6_000, 14_000]
    assert capacity.well("a", sent_at=14_000)
    assert capacity.wakes_at(0) is None
    capacity.rest("a", 0, sent_at=0, at_least_ms=30_000)
    assert capacity.wakes_at(0) == 30_000


def test_a_batch_that_a_provider_refuses_is_one_trouble() -> None:
    capacity = ProviderSlots({"a": offer()})
    for now in range(24):
        capacity.rest("a", now, sent_at=0)
    assert capacity.wakes_at(24) == 2_000
    capacity.rest("a", 30, sent_at=0, at_least_ms=5_000)
    assert capacity.wakes_at(24) == 5_030


def test_what_was_sent_before_a_trouble_does_not_end_it() -> None:
    capacity = ProviderSlots({"a": offer()})
    capacity.rest("a", 100, sent_at=0)
    assert not capacity.well("a", sent_at=0)
    assert capacity.resting("a", 101)
