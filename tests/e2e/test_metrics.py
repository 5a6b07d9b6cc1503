"""What the metrics say after what members did: on a running bot, through its own port where that matters."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from tests.standins import BflStandIn
from tests.standins.faults import Fault
from tests.support.bot import RunningBot, running_bot, until
from tests.support.vendors import using

CALLBACK = "/interactions/{interaction_id}/{token}/callback"


@pytest.fixture
async def vendor() -> AsyncGenerator[BflStandIn]:
    async with BflStandIn() as vendor:
        yield vendor


@pytest.fixture
async def home(tmp_path: Path, vendor: BflStandIn) -> AsyncGenerator[RunningBot]:
    async with running_bot(tmp_path, **using("bfl", vendor)) as home:
        yield home


def figures(home: RunningBot) -> Callable[..., float]:
    """A figure by its name and labels; 0 where there is none."""
    return lambda name, **labels: home.app.metrics.registry.get_sample_value(name, labels) or 0.0


async def shown(home: RunningBot, wanted: float, name: str, **labels: str) -> None:
    """Wait until a figure is as wanted."""

    async def ask() -> float:
        return figures(home)(name, **labels)

    await until(ask, wanted)


async def made(home: RunningBot) -> None:
    asking = await home.discord.person(home.discord.alice).command("imagine", prompt="a red kite")
    await home.finished(await asking.reply())
    await home.at_rest()


async def test_a_picture_leaves_its_times_in_every_histogram(home: RunningBot) -> None:
    value = figures(home)
    calls = value("atelier_discord_requests_total", status="200")
    await made(home)
    assert value("atelier_answer_seconds_count") == 1
    assert value("atelier_answer_seconds_bucket", le="3.0") == 1
    for state in ("queued", "submitting", "running"):
        assert value("atelier_task_seconds_count", provider="bfl", state=state) == 1
    assert value("atelier_delivery_seconds_count") == 1
    assert value("atelier_database_write_seconds_count") > 3
    assert value("atelier_discord_requests_total", status="200") >= calls + 2  # the placeholder and its edit


async def test_what_waits_is_seen_while_it_waits_and_not_after(home: RunningBot, vendor: BflStandIn) -> None:
    value = figures(home)
    vendor.next_submit(Fault.status(503))
    asking = await home.discord.person(home.discord.alice).command("imagine", prompt="a red kite")
    await shown(home, 1, "atelier_provider_resting", provider="bfl")
    assert value("atelier_queue_oldest_seconds") > 0
    assert value("atelier_tasks_waiting") == 1
    assert value("atelier_ready", part="providers") == 0
    await home.finished(await asking.reply())
    await home.at_rest()
    assert value("atelier_provider_resting", provider="bfl") == 0
    await shown(home, 0, "atelier_delivery_oldest_seconds")
    assert value("atelier_queue_oldest_seconds") == 0
    assert [value("atelier_ready", part=part) for part in ("gateway", "database", "providers")] == [1, 1, 1]


async def test_an_open_task_is_shown_at_its_provider(home: RunningBot, vendor: BflStandIn) -> None:
    value = figures(home)
    vendor.next_submit(Fault.silence())
    await home.discord.person(home.discord.alice).command("imagine", prompt="a red kite")
    await shown(home, 1, "atelier_provider_tasks", provider="bfl", state="submitting")
    assert value("atelier_provider_tasks", provider="bfl", state="running") == 0


async def test_what_discord_answers_is_counted_by_its_status(home: RunningBot) -> None:
    value = figures(home)
    home.discord.faults.next("POST", CALLBACK, status=404)
    await home.discord.person(home.discord.alice).command("quota")
    await shown(home, 1, "atelier_discord_requests_total", status="404")
    assert value("atelier_answer_seconds_count") == 1  # too late is late
