"""A client, and each vendor's provider in front of its stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.providers.aimlapi import Aimlapi
from bot.providers.bfl import Bfl
from bot.providers.download import Limits
from bot.providers.http import open_client
from bot.providers.vtrix import Vtrix
from tests.standins import AimlapiStandIn, BflStandIn, VtrixStandIn
from tests.support.providers import VENDORS, Pair


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
