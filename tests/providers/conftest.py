"""A client, and each vendor's provider in front of its stand-in."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

import httpx
import pytest

from bot.models import AspectRatio, ImageFormat, Model
from bot.providers.aimlapi import Aimlapi
from bot.providers.base import Finished, Provider, ReferenceImage, TaskRequest
from bot.providers.bfl import Bfl
from bot.providers.download import Limits
from bot.providers.http import open_client
from bot.providers.vtrix import Vtrix
from tests.standins import AimlapiStandIn, BflStandIn, VtrixStandIn
from tests.standins.pictures import paint
from tests.standins.vendor import VendorStandIn

SPECIFICATIONS = Path(__file__).parents[2].parent / "shared" / "reference" / "openapi"
PATIENCE = 0.4
"""Seconds after which a call is given up, where a test waits for that; a busy machine must still send in half of it."""

VENDORS = {"bfl": (BflStandIn, Bfl), "aimlapi": (AimlapiStandIn, Aimlapi), "vtrix": (VtrixStandIn, Vtrix)}

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


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client() as client:
        yield client


async def _pair(name: str, client: httpx.AsyncClient) -> AsyncIterator[Pair]:
    stand_in, provider = VENDORS[name]
    async with stand_in() as vendor:
        yield Pair(vendor, provider(client, vendor.key, vendor.url, limits=Limits(bytes=64 * 1024)))


@pytest.fixture(params=VENDORS)
async def pair(request: pytest.FixtureRequest, client: httpx.AsyncClient) -> AsyncIterator[Pair]:
    async for made in _pair(request.param, client):
        yield made


@pytest.fixture(params=["bfl", "vtrix"])
async def polled(request: pytest.FixtureRequest, client: httpx.AsyncClient) -> AsyncIterator[Pair]:
    async for made in _pair(request.param, client):
        yield made


@pytest.fixture
async def bfl(client: httpx.AsyncClient) -> AsyncIterator[Pair[BflStandIn, Bfl]]:
    async for made in _pair("bfl", client):
        yield made


@pytest.fixture
async def aimlapi(client: httpx.AsyncClient) -> AsyncIterator[Pair[AimlapiStandIn, Aimlapi]]:
    async for made in _pair("aimlapi", client):
        yield made


@pytest.fixture
async def vtrix(client: httpx.AsyncClient) -> AsyncIterator[Pair[VtrixStandIn, Vtrix]]:
    async for made in _pair("vtrix", client):
        yield made
