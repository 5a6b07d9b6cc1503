"""The figures an operator watches keep their names and meanings."""

from __future__ import annotations

from prometheus_client import generate_latest

from bot.models import Failure, ImageRequest, Job, JobState, Model, Origin, Place, Task, TaskState
from bot.observability.metrics import Metrics


def _job(*tasks: Task) -> Job:
    request = ImageRequest("a fox", model=Model.MAX, origin=Origin.REROLL)
    return Job(1, "abc", JobState.RUNNING, 2, "Ada", Place(3), request, 2, ("bfl",), 7, 0, tasks=tasks)


def test_an_ended_job_is_counted_with_its_tasks_and_their_cost() -> None:
    metrics = Metrics()
    made = Task(1, 1, 0, TaskState.MADE, 7, "bfl", cost_microusd=80_000)
    moderated = Task(2, 1, 1, TaskState.FAILED, 8, "bfl", failure=Failure.MODERATED)
    metrics.ended(_job(made, moderated), JobState.DONE)
    value = metrics.registry.get_sample_value
    assert value("atelier_jobs_total", {"origin": "reroll", "model": "max", "state": "done"}) == 1
    assert value("atelier_tasks_total", {"provider": "bfl", "model": "max", "outcome": "made"}) == 1
    assert value("atelier_tasks_total", {"provider": "bfl", "model": "max", "outcome": "moderated"}) == 1
    assert value("atelier_spend_usd_total", {"provider": "bfl"}) == 0.08


def test_a_task_that_was_still_open_when_its_job_was_cancelled_is_not_counted_as_made() -> None:
    metrics = Metrics()
    running, queued = Task(1, 1, 0, TaskState.RUNNING, 7, "bfl"), Task(2, 1, 1, TaskState.QUEUED, 8)
    metrics.ended(_job(running, queued), JobState.CANCELLED)
    value = metrics.registry.get_sample_value
    assert value("atelier_tasks_total", {"provider": "bfl", "model": "max", "outcome": "cancelled"}) == 1
    assert value("atelier_tasks_total", {"provider": "none", "model": "max", "outcome": "cancelled"}) == 1
    assert value("atelier_tasks_total", {"provider": "bfl", "model": "max", "outcome": "made"}) is None


def test_polls_deliveries_and_refusals_are_counted_by_what_they_were() -> None:
    metrics = Metrics()
    metrics.polled("bfl")
    metrics.polled("bfl")
    metrics.delivered("channel")
    metrics.refused("BadInput")
    value = metrics.registry.get_sample_value
    assert value("atelier_polls_total", {"provider": "bfl"}) == 2
    assert value("atelier_deliveries_total", {"way": "channel"}) == 1
    assert value("atelier_refusals_total", {"kind": "BadInput"}) == 1


def test_the_queue_is_read_when_it_is_asked_for() -> None:
    metrics, queue = Metrics(), [1, 2]
    metrics.watch(lambda: len(queue), lambda: 5)
    queue.append(3)
    assert metrics.registry.get_sample_value("atelier_tasks_waiting") == 3
    assert metrics.registry.get_sample_value("atelier_tasks_running") == 5


def test_every_figure_carries_the_prefix_and_two_processes_share_none() -> None:
    one, other = Metrics(), Metrics()
    one.refused("BadInput")
    names = [line.split()[2] for line in generate_latest(one.registry).decode().splitlines() if line[:6] == "# TYPE"]
    assert names
    assert all(name.startswith("atelier_") for name in names)
    assert other.registry.get_sample_value("atelier_refusals_total", {"kind": "BadInput"}) is None


def test_a_delivery_is_late_by_the_time_since_its_last_task_ended() -> None:
    metrics = Metrics()
    metrics.delivered("token", 1_500)
    metrics.delivered("token")  # nobody knows since when it waited
    value = metrics.registry.get_sample_value
    assert value("atelier_deliveries_total", {"way": "token"}) == 2
    assert (value("atelier_delivery_seconds_sum"), value("atelier_delivery_seconds_count")) == (1.5, 1)


def test_a_clock_that_was_set_back_makes_no_time_negative() -> None:
    metrics = Metrics()
    metrics.left(TaskState.QUEUED, "bfl", -20_000)
    labels = {"provider": "bfl", "state": "queued"}
    assert metrics.registry.get_sample_value("atelier_task_seconds_sum", labels) == 0
