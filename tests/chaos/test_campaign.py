"""A short campaign; the long one is `make chaos`."""

from __future__ import annotations

import importlib
from collections import Counter
from pathlib import Path

import pytest

from tests.chaos.campaign import live_through
from tests.chaos.figures import Figures
from tests.chaos.report import CATALOGUE, never_hit, report
from tests.chaos.schedule import CALLS, WRITES, End, Trouble, lives
from tests.chaos.soak import LIFE_SECONDS, Sample, faults
from tests.chaos.world import Habitat
from tests.support.postgres import Cluster


@pytest.mark.slow
@pytest.mark.parametrize("seed", [9])
async def test_a_few_lives_and_deaths_break_no_rule(tmp_path: Path, seed: int) -> None:
    figures, violations = await live_through(tmp_path / "world", seed, frozenset(), amount=8)
    assert [str(violation) for violation in violations] == []
    assert figures.kills
    assert figures.rows["jobs done"]
    assert figures.hits["within generation.results._write"]


@pytest.mark.slow
async def test_two_bots_on_one_server_break_no_rule_either(tmp_path: Path, server: Cluster) -> None:
    habitat, total = Habitat(server.url("postgres"), others=1), Figures()
    for seed in (5, 6, 7):
        figures, violations = await live_through(tmp_path / f"{seed}", seed, frozenset(), amount=4, habitat=habitat)
        assert [str(violation) for violation in violations] == []
        total.add(figures)
        if total.rows["jobs done"]:  # on a busy machine all lives may be too short for it
            break
    assert total.kills
    assert total.rows["jobs done"]


def test_a_seed_is_a_schedule_and_replays() -> None:
    assert lives(7, 40) == lives(7, 40)
    assert lives(7, 40) != lives(8, 40)


def test_a_long_campaign_ends_in_every_way_and_meets_every_trouble() -> None:
    planned = [life for seed in range(25) for life in lives(seed, 40)]
    assert {life.end for life in planned} == set(End)
    assert {trouble for life in planned for trouble in life.troubles} == set(Trouble) - {Trouble.NONE}
    assert {life.trap.point for life in planned if life.trap} >= set(CATALOGUE)


@pytest.mark.parametrize("unit", WRITES)
def test_a_fault_point_is_named_after_a_unit_of_work_that_exists(unit: str) -> None:
    module, _, name = unit.rpartition(".")
    assert callable(getattr(importlib.import_module(f"bot.{module}"), name))


def test_the_report_names_what_was_never_reached_and_how_to_replay() -> None:
    figures = Figures(kills=3, hits=Counter(dict.fromkeys(CATALOGUE, 1)))
    del figures.hits[f"before {CALLS[0]}"]
    text = report(figures, [], never_hit(figures), 60.0, Path("kept"))
    assert "3 kills" in text
    assert "Never reached:\n  before vendor submit" in text


def sample(life: int, memory: int = 90_000_000, **rows: int) -> Sample:
    return Sample(life, LIFE_SECONDS, memory, 0, 1_000_000 + 1_300 * rows["jobs"], rows)


def test_a_soak_holds_where_only_what_is_kept_grows() -> None:
    assert faults([sample(life, jobs=300 * life, kept_images=life % 3) for life in range(1, 61)]) == []


def test_a_soak_fails_for_memory_that_drifts_and_rows_that_nothing_keeps() -> None:
    drifting = [sample(life, 90_000_000 + 1_000_000 * life, jobs=300 * life, strikes=9 * life) for life in range(1, 61)]
    memory, strikes = faults(drifting)
    assert memory.startswith("memory went from 93.0 to")
    assert strikes == "strikes grew from 9 to 540 rows"
