"""Which providers are built from which settings."""

from __future__ import annotations

import httpx
import pytest

from bot import config
from bot.models import Model
from bot.providers import registry

KEYS = {"bfl_api_key": "b", "aimlapi_key": "a", "vtrix_api_key": "v"}


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, ["sandbox"]),
        (KEYS, ["bfl", "aimlapi", "vtrix"]),
        (KEYS | {"providers": "vtrix,sandbox,bfl"}, ["vtrix", "sandbox", "bfl"]),
    ],
    ids=["no key", "every key", "as asked"],
)
def test_providers_come_in_the_operators_order(
    client: httpx.AsyncClient, settings: dict[str, str], names: list[str]
) -> None:
    built = registry.build(config.load(None, **settings), client)
    assert [(name, provider.name) for name, provider in built.items()] == [(name, name) for name in names]


def test_every_provider_has_prices_and_slots_for_every_model(client: httpx.AsyncClient) -> None:
    settings = config.load(None, providers=",".join(config.PROVIDER_NAMES), **KEYS)
    for provider in registry.build(settings, client).values():
        assert set(Model) == set(provider.capabilities.prices) == set(provider.capabilities.slots)
