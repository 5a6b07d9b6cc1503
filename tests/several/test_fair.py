"""What several processes claim is what one queue in memory would give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, make_url

from bot.generation import shared_queue
from bot.generation.local_queue import LocalQueue
from bot.models import Model
from bot.storage import schema
from tests.support.queues import APPLICATION, Asked, enter, offers

ASKED = st.builds(
    Asked,
    st.sampled_from([1, 2, None]),
    st.integers(1, 3),
    st.sampled_from(Model),
    st.sampled_from(["a", "b", "a,b", "b,a"]),
    st.sampled_from(["", "a"]),
    st.sampled_from([None, None, None, "a", "b"]),
    st.sampled_from([APPLICATION, APPLICATION, APPLICATION, 6]),
)


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        schema.create(connection)
    yield engine
    engine.dispose()


def taken(queue: LocalQueue) -> list[tuple[int, str]]:
    """What begins as long as there is room."""
    found: list[tuple[int, str]] = []
    while one := queue.take():
        found.append((one.task.id, one.provider))
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example is rolled back
@given(st.lists(ASKED, max_size=40), st.integers(1, 4))
def test_turns_and_slots_are_those_of_one_queue(engine: Engine, asked: Sequence[Asked], slots: int) -> None:
    expected = LocalQueue(offers(slots), lambda: 0)
    with engine.connect() as connection, connection.begin() as transaction:
        for number, one in enumerate(asked, start=1):
            task = enter(connection, number, one)
            if one.application != APPLICATION:
                continue
            if one.runs is None:
                expected.put(task)
            else:
                expected.hold(task, one.runs)
        claimed = list[tuple[int, str]]()
        for worker in ("one", "two") * 20:
            got = shared_queue._claim(connection, APPLICATION, worker, offers(slots), lambda: 0)
            claimed += [(task.id, task.provider or "") for task in got]
        transaction.rollback()
    assert claimed == taken(expected)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example is rolled back
@given(st.lists(ASKED, min_size=20, max_size=60), st.integers(2, 12))
def test_a_long_queue_need_not_be_looked_through(engine: Engine, asked: Sequence[Asked], slots: int) -> None:
    """Of each lane only the next few are read; picks from one change the order of another by no more than that."""
    with engine.connect() as connection, connection.begin() as transaction:
        for number, one in enumerate(asked, start=1):
            enter(connection, number, one)
        whole, _ = shared_queue._survey(connection, APPLICATION, offers(slots), lambda: 0, None)
        part, _ = shared_queue._survey(connection, APPLICATION, offers(slots), lambda: 0, 6 * 4)
        transaction.rollback()
    assert [part.take() for _ in range(4)] == [whole.take() for _ in range(4)]
