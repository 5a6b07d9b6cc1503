"""Each vendor's provider in front of its stand-in, and what the tests of providers ask of them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

import pytest

from bot.models import AspectRatio, ImageFormat, Model
from bot.providers.aimlapi import Aimlapi
from bot.providers.base import Finished, Provider, ReferenceImage, TaskRequest
from bot.providers.bfl import Bfl
from bot.providers.vtrix import Vtrix
from tests.standins import AimlapiStandIn, BflStandIn, VtrixStandIn
from tests.standins.pictures import paint
from tests.standins.vendor import VendorStandIn

SPECIFICATIONS = Path(__file__).parents[2].parent / "shared" / "reference" / "openapi"
PATIENCE = 0.4
"""Seconds after which a call is given up, where a test waits for that; a busy machine must still send in half of it."""

VENDORS = {"bfl": (BflStandIn, Bfl), "aimlapi": (AimlapiStandIn, Aimlapi), "vtrix": (VtrixStandIn, Vtrix)}
AT_ONCE = {"aimlapi"}
"""Those that answer with the picture: what breaks meanwhile may have been paid."""

REQUEST = TaskRequest(
    prompt="A lighthouse in a teacup",
    model=Model.PRO,
    seed=1234,
    tolerance=2,
    format=ImageFormat.JPEG,
    aspect_ratio=AspectRatio.R16_9,
)
PICTURE = paint("4:3", "jpeg", 5)
REFERENCE = ReferenceImage(PICTURE, 256, 192, "https://cdn.discordapp.com/attachments/1/2/boat.jpg")


S = TypeVar("S", bound=VendorStandIn)
P = TypeVar("P", bound=Provider)


@dataclass
class Pair(Generic[S, P]):
    """A provider, and the vendor it speaks to."""

    vendor: S
    provider: P

    async def make(self, request: TaskRequest = REQUEST) -> Finished:
        """Submit, and ask once where that is how it works (stand-ins are done at once unless told otherwise)."""
        taken = await self.provider.submit(request, timeout=5)
        if isinstance(taken, Finished):
            return taken
        state = await self.provider.poll(taken.ticket)
        assert isinstance(state, Finished)
        return state


def change(**changes: object) -> TaskRequest:
    """The usual request, with some things different."""
    return replace(REQUEST, **changes)  # type: ignore[arg-type]


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def specification(name: str) -> dict[str, object]:
    """A vendor's own description of its API; skips the test where it is not at hand."""
    path = SPECIFICATIONS / name
    if not path.exists():
        pytest.skip("the vendors' specifications are not at hand")
    return json.loads(path.read_text("utf-8"))
