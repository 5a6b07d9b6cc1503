"""The process that draws: what goes in and comes out, what it does not learn, and how it ends."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from bot.drawing.chart import draw_usage
from bot.drawing.family_tree import draw_family
from bot.drawing.renderer import Renderer
from bot.errors import DrawingFailed
from bot.models.family import shown
from bot.ui.views.family import tree_captions
from bot.ui.views.usage_words import captions
from tests.support.drawings import chain, encoded, usage
from tests.support.processes import gone


async def test_what_is_drawn_elsewhere_is_what_would_be_drawn_here():
    renderer = Renderer()
    week = usage(1, 2, 3), captions(usage(1, 2, 3))
    assert await renderer.draw(draw_usage, *week) == draw_usage(*week)
    tree = shown(chain(3)), {"c0-1": encoded()}, tree_captions(shown(chain(3)))
    assert await renderer.draw(draw_family, *tree) == draw_family(*tree)


async def test_several_drawings_wait_for_each_other():
    renderer = Renderer()
    days = [(usage(number), captions(usage(number))) for number in (1, 2, 3)]
    drawn = await asyncio.gather(*(renderer.draw(draw_usage, *day) for day in days))
    assert drawn == [draw_usage(*day) for day in days]


def process_of(_: object) -> bytes:
    return str(os.getpid()).encode()


def broken(_: object) -> bytes:
    raise ValueError("not drawable")


def ended(_: object) -> bytes:
    os._exit(3)


def endless(_: object) -> bytes:
    time.sleep(600)
    return b""


def environment(_: object) -> bytes:
    return " ".join(os.environ).encode()


async def test_it_is_a_process_of_its_own_for_each_drawing():
    renderer = Renderer()
    first, second = await renderer.draw(process_of, 0), await renderer.draw(process_of, 0)
    assert len({first, second, str(os.getpid()).encode()}) == 3


async def test_a_fault_is_told_and_the_next_drawing_works():
    renderer = Renderer()
    with pytest.raises(DrawingFailed, match="not drawable"):
        await renderer.draw(broken, 0)
    with pytest.raises(DrawingFailed):
        await renderer.draw(ended, 0)
    assert await renderer.draw(process_of, 0)


async def test_a_drawing_without_an_end_is_ended():
    with pytest.raises(DrawingFailed, match="not done after"):
        await Renderer(timeout=0.2).draw(endless, 0)


def process_and_wait(path: str) -> bytes:
    Path(path).write_text(str(os.getpid()))
    return endless(0)


async def test_a_cancelled_drawing_leaves_no_process_behind(tmp_path: Path):
    told = tmp_path / "process"
    drawing = asyncio.create_task(Renderer().draw(process_and_wait, str(told)))
    async with asyncio.timeout(20):
        while not told.exists() or not told.read_text():  # noqa: ASYNC110 - a file rings no bell
            await asyncio.sleep(0.01)
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    await gone(int(told.read_text()))


async def test_the_process_learns_no_keys(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISCORD_BOT_TOKEN", "secret")
    assert b"TOKEN" not in await Renderer().draw(environment, 0)
