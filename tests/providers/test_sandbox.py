"""The sandbox: a painter in this process, which knows its own paintings only."""

from __future__ import annotations

import pytest

from bot.errors import TimedOut
from bot.models import ImageFormat, Model
from bot.providers.base import Finished, TaskRequest
from bot.providers.sandbox import Sandbox
from tests.support.bot import until


def request(prompt: str) -> TaskRequest:
    return TaskRequest(prompt=prompt, model=Model.PRO, seed=1, tolerance=2, format=ImageFormat.PNG)


async def test_a_painting_of_another_process_is_gone_and_never_mistaken_for_one_of_its_own() -> None:
    one, other = Sandbox(0), Sandbox(0)
    ticket = (await one.submit(request("a boat"), timeout=5)).ticket
    await other.submit(request("a secret"), timeout=5)
    with pytest.raises(TimedOut):
        await other.poll(ticket)

    async def painted() -> bool:
        return isinstance(await one.poll(ticket), Finished)

    await until(painted, True)
