"""The checker finds what it is there for: every rule against a history that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.checker import DAY_MS, RULES, check
from tests.chaos.history import Asked, Card, Change, Entry, History, Job, Limits, Order, Phase, Shown, Task

NOW = 1_800_000_000_000
DONE, FAILED, CANCELLED = 1, 2, 3
"""Ids of the jobs of a good history; their messages' are a hundred times as large, their tasks' ten times."""


def job(id: int, code: str, state: str, **changes: Any) -> Job:
    values: dict[str, Any] = {
        "guild_id": 5,
        "member_id": 7,
        "prompt": f"scene {id}.",
        "model": "max",
        "image_count": 2,
        "credits": 4,
        "created_at": NOW + id,
        "finished_at": NOW + 100,
        "failure": None,
        "message_id": id * 100,
    }
    return Job(id=id, code=code, state=state, **(values | changes))


def task(job_id: int, number: int, state: str, **changes: Any) -> Task:
    values: dict[str, Any] = {
        "seed": job_id * 10 + number,
        "provider": "bfl",
        "failure": None,
        "cost_microusd": 80_000,
        "created_at": NOW,
    }
    return Task(id=job_id * 10 + number, job_id=job_id, number=number, state=state, **(values | changes))


def entry(id: int, job_id: int, kind: str, amount: int) -> Entry:
    delta = {"reserve": amount, "release": -amount}.get(kind, 0)
    return Entry(id, job_id, 5, 7, kind, amount, delta, NOW + job_id, NOW + job_id)


GOOD = History(
    jobs=(job(DONE, "aaaaa", "done"), job(FAILED, "bbbbb", "failed"), job(CANCELLED, "ccccc", "cancelled")),
    tasks=(
        task(DONE, 1, "made"),
        task(DONE, 2, "failed", failure="moderated", cost_microusd=0),
        task(FAILED, 1, "failed", failure="interrupted"),
        task(FAILED, 2, "failed", failure="unavailable", provider=None, cost_microusd=0),
        task(CANCELLED, 1, "cancelled"),
        task(CANCELLED, 2, "cancelled", provider=None, cost_microusd=0),
    ),
    ledger=(
        entry(1, DONE, "reserve", 4),
        entry(2, FAILED, "reserve", 4),
        entry(3, CANCELLED, "reserve", 4),
        entry(4, DONE, "settle", 2),
        entry(5, DONE, "release", 2),
        entry(6, FAILED, "release", 4),
        entry(7, CANCELLED, "settle", 2),
        entry(8, CANCELLED, "release", 2),
    ),
    spend=240_000,
    pools=((5, 4),),
    workers=1,
    cards=(
        Card(100, "scene 1.", Phase.PICTURES, (Shown("aaaaa", 1, "paint11"),), frozenset({"aaaaa"})),
        Card(200, "No picture this time\nscene 2.", Phase.FAILED, interaction_id=2),
        Card(300, "Cancelled\nscene 3.", Phase.CANCELLED),
        Card(400, "Something went wrong on our side, and nothing was charged.", Phase.OTHER, private=True),
    ),
    changes=(
        Change(100, Phase.WAITING, "aaaaa"),
        Change(200, Phase.WAITING, "bbbbb"),
        Change(300, Phase.WAITING, "ccccc"),
        Change(200, Phase.FAILED, "bbbbb"),
        Change(300, Phase.CANCELLED, None),
        Change(100, Phase.PICTURES, "aaaaa"),
        Change(100, Phase.PICTURES, "aaaaa"),  # an edit may be repeated
    ),
    orders=(
        Order("bfl", 11, 80_000, "paint11"),
        Order("bfl", 12, 80_000, "paint12", free=True),
        Order("bfl", 21, 80_000, "paint21"),
        Order("bfl", 31, 80_000, "paint31"),
    ),
    asked=(Asked("scene 1.", 1), Asked("scene 2.", 2), Asked("scene 3.", 3)),
    limits=Limits(member=12, everywhere=12, server=12, microusd=240_000),
)

Broken = Callable[[History], History]


def with_job(id: int, **changes: Any) -> Broken:
    return lambda good: replace(good, jobs=tuple(replace(one, **changes) if one.id == id else one for one in good.jobs))


def with_task(id: int, **changes: Any) -> Broken:
    return lambda good: replace(
        good, tasks=tuple(replace(one, **changes) if one.id == id else one for one in good.tasks)
    )


def with_entry(id: int, **changes: Any) -> Broken:
    return lambda good: replace(
        good, ledger=tuple(replace(one, **changes) if one.id == id else one for one in good.ledger)
    )


def with_card(id: int, **changes: Any) -> Broken:
    return lambda good: replace(
        good, cards=tuple(replace(one, **changes) if one.message_id == id else one for one in good.cards)
    )


def adding(name: str, *more: Any) -> Broken:
    return lambda good: replace(good, **{name: (*getattr(good, name), *more)})


def without(name: str, index: int) -> Broken:
    def broken(good: History) -> History:
        values = list(getattr(good, name))
        del values[index]
        return replace(good, **{name: tuple(values)})

    return broken


BROKEN: list[tuple[str, Broken]] = [
    ("every_job_has_ended", with_job(DONE, state="delivering", finished_at=None)),
    ("every_job_has_ended", lambda good: replace(good, tokens=(DONE,))),
    ("every_job_has_ended", with_task(12, state="running")),
    ("every_job_has_ended", lambda good: replace(good, kept=(DONE,))),
    ("every_job_has_ended", lambda good: replace(good, files=("1-picture.result",))),
    ("a_job_is_what_its_tasks_are", without("tasks", 1)),
    ("a_job_is_what_its_tasks_are", with_task(11, state="failed")),
    ("a_job_is_what_its_tasks_are", with_task(21, state="made")),
    ("every_message_says_how_its_job_ended", with_card(100, phase=Phase.FAILED)),
    ("every_message_says_how_its_job_ended", with_card(300, phase=Phase.WAITING)),
    ("every_message_says_how_its_job_ended", with_card(100, pictures=())),
    ("every_message_says_how_its_job_ended", without("cards", 0)),
    ("nothing_waits_for_ever", with_card(200, phase=Phase.WAITING)),
    ("nothing_waits_for_ever", with_card(400, unanswered=True)),
    ("each_end_is_shown_once", adding("changes", Change(100, Phase.FAILED, "aaaaa"))),
    ("each_end_is_shown_once", adding("changes", Change(200, Phase.WAITING, "bbbbb"))),
    ("each_end_is_shown_once", adding("changes", Change(300, Phase.WAITING, "ccccc"))),
    (
        "each_picture_is_posted_once",
        adding("cards", Card(500, "again", Phase.PICTURES, (Shown("aaaaa", 1, "paint11"),))),
    ),
    ("each_picture_is_posted_once", with_job(DONE, message_id=999)),
    ("each_picture_is_what_its_vendor_made", with_card(100, pictures=(Shown("aaaaa", 1, "paint21"),))),
    ("no_paid_order_is_repeated", adding("orders", Order("vtrix", 11, 80_000, "paint11"))),
    ("every_order_belongs_to_a_task_and_is_booked", adding("orders", Order("bfl", 99, 80_000))),
    ("every_order_belongs_to_a_task_and_is_booked", with_task(21, cost_microusd=0)),
    ("every_order_belongs_to_a_task_and_is_booked", with_task(31, cost_microusd=40_000)),
    ("every_order_belongs_to_a_task_and_is_booked", with_task(22, cost_microusd=80_000)),
    ("what_is_made_was_ordered", without("orders", 0)),
    ("the_ledger_is_exact", with_entry(1, credits=3)),
    ("the_ledger_is_exact", without("ledger", 4)),
    ("the_ledger_is_exact", adding("ledger", entry(9, DONE, "reserve", 4))),
    ("the_ledger_is_exact", adding("ledger", entry(9, FAILED, "release", 4))),
    ("what_is_settled_was_had", with_entry(4, kind="release")),
    ("what_is_settled_was_had", with_entry(6, kind="settle")),
    ("what_is_settled_was_had", with_entry(7, kind="release")),
    ("no_limit_is_exceeded", lambda good: replace(good, limits=Limits(member=11))),
    ("no_limit_is_exceeded", lambda good: replace(good, limits=Limits(everywhere=11))),
    ("no_limit_is_exceeded", lambda good: replace(good, limits=Limits(server=11))),
    ("no_limit_is_exceeded", lambda good: replace(good, limits=Limits(microusd=239_999))),
    ("the_kept_sums_are_the_rows_sums", lambda good: replace(good, spend=1)),
    ("the_kept_sums_are_the_rows_sums", lambda good: replace(good, pools=((5, 5),))),
    ("words_follow_the_rows", with_card(400, interaction_id=1)),
    ("nothing_ends_the_program", lambda good: replace(good, deaths=("status 1",))),
    ("one_lease_is_left_at_most", lambda good: replace(good, workers=2)),
]


def test_a_good_history_breaks_no_rule() -> None:
    assert check(GOOD) == []


@pytest.mark.parametrize(("rule", "broken"), BROKEN, ids=[f"{index}-{rule}" for index, (rule, _) in enumerate(BROKEN)])
def test_a_broken_history_breaks_its_rule(rule: str, broken: Broken) -> None:
    assert rule in {violation.rule for violation in check(broken(GOOD))}


def test_every_rule_has_a_history_that_breaks_it() -> None:
    assert {rule for rule, _ in BROKEN} == RULES.keys()


def test_credits_that_came_back_after_a_day_may_be_used_again() -> None:
    later = replace(entry(9, DONE, "reserve", 12), at=NOW + 2 * DAY_MS, counts_at=NOW + 2 * DAY_MS, job_id=None)
    assert "no_limit_is_exceeded" not in {one.rule for one in check(adding("ledger", later)(GOOD))}


def test_a_failed_card_may_be_tried_again_in_place() -> None:
    again = adding("changes", Change(200, Phase.WAITING, "ddddd"), Change(200, Phase.PICTURES, "ddddd"))(GOOD)
    assert "each_end_is_shown_once" not in {one.rule for one in check(again)}


def test_a_message_that_somebody_deleted_need_not_show_anything() -> None:
    gone = replace(without("cards", 0)(GOOD), deleted=frozenset({100}))
    assert check(gone) == []


def test_the_checker_imports_nothing_of_the_bot() -> None:
    for name in ("checker", "history"):
        text = (Path(__file__).parent / f"{name}.py").read_text("utf-8")
        assert "import bot" not in text
        assert "from bot" not in text
