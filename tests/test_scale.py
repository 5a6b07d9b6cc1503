"""The reckoning of many servers: values in, a table out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.scale import SIZES, Activity, Costs, Limits, Need, breaking, breaks_at, plan, table

COSTS = Costs(request_s=0.02, event_s=0.0005, trips=3.0, locked_s=0.005, idle_mb=100.0, server_mb=0.02)
LIMITS = Limits()
ACTIVITY = Activity(requests=24.0, messages=864.0, peak=1.0, pictures=1.0, picture_s=10.0, load=0.5)


def need(servers: int, what: str, activity: Activity = ACTIVITY) -> Need:
    return next(one for one in plan(servers, COSTS, LIMITS, activity).needs if what in one.what)


def test_a_size_is_reckoned_from_what_its_servers_do() -> None:
    found = plan(36_000, COSTS, LIMITS, ACTIVITY)
    assert found.requests_a_s == pytest.approx(10)
    assert found.events_a_s == pytest.approx(360)
    assert found.writes_a_s == pytest.approx(30)
    assert found.processes == 1  # 10 × 0.02 + 360 × 0.0005 = 0.38 of a core
    assert found.vendor_tasks == 120  # a hundred at once, and two deviations
    assert found.memory_mb == pytest.approx(820)
    assert (found.shards, found.start_s) == (36, 180)


def test_more_work_needs_more_processes_and_connections() -> None:
    found = plan(360_000, COSTS, LIMITS, ACTIVITY)
    assert found.processes == 8
    assert found.connections == 88
    assert need(360_000, "connections").share == pytest.approx(0.88)


def test_one_shard_is_enough_until_discord_asks_for_more() -> None:
    assert plan(2_499, COSTS, LIMITS, ACTIVITY).shards == 1
    assert plan(2_500, COSTS, LIMITS, ACTIVITY).shards == 3


def test_large_bots_may_identify_more_often() -> None:
    assert need(150_000, "identifies").limit == 1_000
    assert need(1_000_000, "identifies").limit == 5_000


def test_the_fullest_comes_first() -> None:
    for servers in SIZES:
        shares = [one.share for one in plan(servers, COSTS, LIMITS, ACTIVITY).needs]
        assert shares == sorted(shares, reverse=True)


def test_what_breaks_does_so_between_two_neighbouring_sizes() -> None:
    for what, servers, _ in breaking(COSTS, LIMITS, ACTIVITY):
        if servers < 10_000_000:
            assert need(servers - 1, what).share <= 1 < need(servers, what).share


def test_asking_twice_as_often_breaks_the_budget_of_calls_at_half_the_size() -> None:
    once = breaks_at("Discord: calls in a second", COSTS, LIMITS, ACTIVITY)
    twice = breaks_at("Discord: calls in a second", COSTS, LIMITS, replace(ACTIVITY, requests=48.0))
    assert twice == pytest.approx(once / 2, abs=2)


def test_the_table_has_a_column_for_each_size() -> None:
    assert {len(line) for line in table(COSTS, LIMITS, ACTIVITY)} == {len(SIZES) + 1}
