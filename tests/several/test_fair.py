"""What several processes claim is what one queue in memory would give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, insert, make_url

from bot.generation import shared_queue
from bot.generation.local_queue import LocalQueue
from bot.models import JobState, Model, OpenTask, TaskState
from bot.providers.base import Capabilities
from bot.storage import schema, tables

APPLICATION = 5


class Asked(NamedTuple):
    """One task of a job of its own; ``runs`` names the provider where it takes a slot already."""

    server: int | None
    member: int
    model: Model
    providers: str
    tried: str
    runs: str | None
    application: int


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


def offers(slots: int) -> dict[str, Capabilities]:
    models = {Model.PRO: slots, Model.MAX: max(1, slots // 2)}
    return {name: Capabilities(frozenset(Model), range(7), range(7), models, dict.fromkeys(Model, 1)) for name in "ab"}


def enter(connection: Connection, number: int, asked: Asked) -> OpenTask:
    """A task as a row, and as the queue holds it."""
    row = {
        "id": number, "code": f"c{number}", "state": JobState.QUEUED, "worker": "x", "guild_id": asked.server,
        "channel_id": 1, "age_restricted": False, "file_limit": 1, "member_id": asked.member, "member_name": "m",
        "prompt": "p", "model": asked.model, "image_count": 1, "format": "png", "enhance": False, "sources": "[]",
        "vary": False, "origin": "imagine", "tolerance": 2, "providers": asked.providers, "seed": 1, "credits": 1,
        "created_at": 1, "application_id": asked.application,
    }  # fmt: skip
    connection.execute(insert(tables.jobs), row)
    state = TaskState.QUEUED if asked.runs is None else TaskState.RUNNING
    task = {"id": number, "job_id": number, "number": 1, "state": state, "seed": 1, "tried": asked.tried}
    task |= {"cost_microusd": 1, "created_at": 1, "slot": asked.runs, "worker": asked.runs and "other"}
    connection.execute(insert(tables.tasks), task)
    providers, tried = tuple(asked.providers.split(",")), tuple(one for one in [asked.tried] if one)
    return OpenTask(number, number, asked.member, asked.model, providers, tried, 1, state, 1, 1, guild_id=asked.server)


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
