"""Who holds which shards: a fair share, handed over one by one. On a file, whose time a test can set."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from bot.models import ShardPlan, ShardShare
from bot.storage import Connection, schema, shards, workers
from bot.storage.shards import Holder

NOW, LEASE = 1_800_000_000_000, 10_000
APPLICATION = 5
AUTO, RANGE = ShardShare(8), ShardShare(8, (0, 1, 2))


class Fleet:
    """Processes that share shards; each is connected at once as what it takes."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.now = NOW
        self.plans: dict[str, ShardPlan] = {}
        self.ready: dict[str, set[int]] = {}
        self.holders: dict[str, Holder] = {}

    def join(self, name: str, share: ShardShare = AUTO, application_id: int = APPLICATION) -> None:
        self.holders[name] = Holder(name, application_id, share)
        self.ready[name] = set()
        self.renew(name)

    def renew(self, *names: str) -> None:
        for name in names:
            workers.renew(self.connection, name, self.now, LEASE)

    def settle(self, name: str, *, connects: bool = True) -> ShardPlan:
        plan = shards.settle(self.connection, self.holders[name], self.ready[name], self.now)
        self.ready[name] &= plan.held | plan.taking
        if connects:
            self.ready[name] |= plan.held | plan.taking
        self.plans[name] = plan
        return plan

    def rounds(self, times: int = 6) -> None:
        """Let everybody look several times."""
        for _ in range(times):
            for name in self.holders:
                self.settle(name)

    def die(self, name: str) -> None:
        """Its lease runs out, the others' are renewed."""
        del self.holders[name], self.ready[name]
        self.now += LEASE + 1
        self.renew(*self.holders)

    def held(self) -> dict[str, list[int]]:
        return {name: sorted(self.plans[name].held) for name in self.holders}


def fleet_in(folder: Path) -> Callable[[], Fleet]:
    engine = create_engine(f"sqlite:///{folder / 'shards.db'}")
    with engine.begin() as connection:
        schema.create(connection)
    return lambda: Fleet(engine.connect())


def test_one_process_takes_all_and_is_their_holder_once_it_is_connected(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)()
    fleet.join("a")
    plan = fleet.settle("a")
    assert (plan.held, plan.taking) == (frozenset(), frozenset(range(8)))
    assert fleet.settle("a") == ShardPlan(frozenset(range(8)))


def test_a_newcomer_gets_half_and_the_first_keeps_each_until_the_other_is_connected(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)()
    fleet.join("a")
    fleet.rounds(2)
    fleet.join("b")
    plan = fleet.settle("b", connects=False)
    assert (len(plan.taking), plan.shadowed) == (4, plan.taking)
    assert fleet.settle("a") == ShardPlan(frozenset(range(8)), handing=True)
    fleet.rounds()
    assert [len(one) for one in fleet.held().values()] == [4, 4]
    assert not fleet.plans["a"].handing


def test_of_processes_that_start_together_none_connects_what_another_gets(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)()
    for name in "abcd":
        fleet.join(name)
        fleet.settle(name, connects=False)
    plans = [fleet.settle(name, connects=False) for name in "abcd"]
    assert sorted(one for plan in plans for one in plan.taking) == list(range(8))
    assert [len(plan.taking) for plan in plans] == [2, 2, 2, 2]


def test_what_a_dead_process_held_is_taken_over_and_it_gets_nothing_when_it_wakes(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)()
    fleet.join("a")
    fleet.join("b")
    fleet.rounds()
    woken = fleet.holders["a"]
    fleet.die("a")
    plan = fleet.settle("b", connects=False)
    assert (len(plan.taking), plan.shadowed) == (4, frozenset())
    fleet.rounds()
    assert fleet.held() == {"b": list(range(8))}
    assert shards.settle(fleet.connection, woken, range(4), fleet.now) == ShardPlan(frozenset())


def test_an_heir_that_dies_leaves_the_shard_where_it_was(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)()
    fleet.join("a")
    fleet.rounds(2)
    fleet.join("b")
    fleet.settle("b", connects=False)
    fleet.die("b")
    assert fleet.settle("a") == ShardPlan(frozenset(range(8)))


def test_who_leaves_stays_until_all_is_taken(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)()
    fleet.join("a")
    fleet.rounds(2)
    leaving = fleet.holders.pop("a")
    assert shards.leave(fleet.connection, leaving, range(8), fleet.now) is None  # nobody else
    fleet.join("b")
    fleet.settle("b", connects=False)
    left = shards.leave(fleet.connection, leaving, range(8), fleet.now)
    assert left == ShardPlan(frozenset(range(8)), handing=True)
    fleet.rounds(2)
    assert shards.leave(fleet.connection, leaving, range(8), fleet.now) == ShardPlan(frozenset())


def test_a_range_is_refused_to_a_second_process_until_the_first_leaves(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)()
    fleet.join("a", RANGE)
    fleet.rounds(2)
    fleet.join("b", RANGE)
    assert fleet.settle("b") == ShardPlan(frozenset(), refused=frozenset(RANGE.ids))
    assert fleet.settle("a") == ShardPlan(frozenset(RANGE.ids))
    leaving = fleet.holders.pop("a")
    shards.leave(fleet.connection, leaving, RANGE.ids, fleet.now)
    fleet.rounds(2)
    assert fleet.held() == {"b": [0, 1, 2]}


def test_another_application_is_none_of_its_business(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)()
    fleet.join("a")
    fleet.join("other bot", replace(AUTO, count=16), application_id=6)
    fleet.rounds()
    assert [len(one) for one in fleet.held().values()] == [8, 16]


def test_who_names_another_number_of_shards_gets_none_until_the_others_stop(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)()
    fleet.join("a")
    fleet.rounds(2)
    for name, share in (("more", replace(AUTO, count=16)), ("some", ShardShare(16, (0, 1)))):
        fleet.join(name, share)
        assert fleet.settle(name) == ShardPlan(frozenset(), named=8)
    fleet.rounds()
    assert fleet.held() == {"a": list(range(8)), "more": [], "some": []}
    leaving = fleet.holders.pop("a")
    assert shards.leave(fleet.connection, leaving, range(8), fleet.now) is None, "nobody takes a shard of 8"
    fleet.rounds()
    assert fleet.held()["more"] == list(range(16))


def test_a_process_joins_those_who_share_in_their_number_of_shards(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)()
    assert shards.count(fleet.connection, APPLICATION, 3, fleet.now) == 3
    fleet.join("a")
    fleet.settle("a")
    assert shards.count(fleet.connection, APPLICATION, 3, fleet.now) == 8
    fleet.die("a")
    assert shards.count(fleet.connection, APPLICATION, 3, fleet.now) == 3


def test_turns_to_identify_are_apart_within_a_bucket_over_all_processes(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path)()
    for name in "ab":
        fleet.join(name)
        fleet.settle(name)
    a, b = fleet.holders.values()

    def turn(who: Holder, shard: int, buckets: int) -> int:
        return shards.identify(fleet.connection, who, shard, buckets, 5_000, fleet.now)

    assert [turn(a, 0, 2), turn(b, 4, 2), turn(b, 5, 2), turn(a, 1, 2)] == [0, 5_000, 0, 5_000]
    fleet.now += 7_000
    assert [turn(a, 2, 2), turn(b, 6, 2)] == [3_000, 8_000]
    fleet.now -= 86_400_000  # somebody sets the clock back
    assert turn(a, 0, 2) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["join", "die", "look", "late"]), max_size=25), st.randoms(use_true_random=False))
def test_whatever_comes_and_goes_all_shards_are_held_evenly_in_the_end(events: list[str], rng: random.Random) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        schema.create(connection)
        fleet = Fleet(connection)
        fleet.join("p0")
        for number, event in enumerate(events, start=1):
            name = rng.choice(list(fleet.holders))
            if event == "join":
                fleet.join(f"p{number}")
            elif event == "die" and len(fleet.holders) > 1:
                fleet.die(name)
            else:
                fleet.settle(name, connects=event == "look")
        fleet.rounds(12)
        held = fleet.held().values()
        assert sorted(one for ids in held for one in ids) == list(range(8))
        assert max(map(len, held)) - min(map(len, held)) <= 1
