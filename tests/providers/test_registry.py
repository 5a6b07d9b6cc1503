"""Which providers are built from which settings."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import httpx
import pytest

from bot import config, legal
from bot.cli import initial_setup
from bot.models import Model
from bot.providers import registry
from bot.ui.views import details
from tests.support.providers import VENDORS
from tests.support.vendors import KEYS as SETTINGS
from tests.support.vendors import STAND_INS

ROOT = Path(__file__).parents[2]
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


@pytest.mark.parametrize(
    "names",
    [VENDORS, STAND_INS, SETTINGS, legal._NAMES, details._SERVICES],
    ids=["contract", "whole bot", "settings", "privacy policy", "words for members"],
)
def test_a_service_has_its_place_wherever_services_are_named(names: Collection[str]) -> None:
    assert set(config.KEY_OF) <= set(names)


def test_the_key_of_a_service_is_asked_for_at_the_first_start() -> None:
    assert set(config.KEY_OF.values()) <= set(initial_setup._ABOUT)


@pytest.mark.parametrize("page", ["README.md", "docs/vendors/index.md", "docs/walks/operator.md", "mkdocs.yml"])
def test_the_page_of_a_service_is_named_where_a_service_is_chosen(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert [name for name in config.KEY_OF if f"{name}.md" not in text] == []
