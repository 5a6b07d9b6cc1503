"""Which providers exist, and how each is built from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import httpx

from bot.config import KEY_OF, Settings
from bot.providers.aimlapi import Aimlapi
from bot.providers.base import Provider
from bot.providers.bfl import Bfl
from bot.providers.sandbox import Sandbox
from bot.providers.vtrix import Vtrix

_Builder = Callable[[Settings, httpx.AsyncClient], Provider]

_BUILDERS: Mapping[str, _Builder] = MappingProxyType(
    {
        "bfl": lambda settings, client: Bfl(client, _key(settings, "bfl"), settings.bfl_api_url),
        "aimlapi": lambda settings, client: Aimlapi(client, _key(settings, "aimlapi"), settings.aimlapi_url),
        "vtrix": lambda settings, client: Vtrix(client, _key(settings, "vtrix"), settings.vtrix_api_url),
        "sandbox": lambda settings, _: Sandbox(settings.sandbox_seconds),
    }
)


def build(settings: Settings, client: httpx.AsyncClient) -> dict[str, Provider]:
    """The providers to use, in the operator's order of preference. The client stays the caller's to close."""
    return {name: _BUILDERS[name](settings, client) for name in settings.provider_order}


def retired(settings: Settings, client: httpx.AsyncClient) -> dict[str, Provider]:
    """Providers with a key that ``PROVIDERS`` does not name: they are asked about tasks that they still have."""
    names = [name for name in KEY_OF if settings.key(name) and name not in settings.provider_order]
    return {name: _BUILDERS[name](settings, client) for name in names}


def _key(settings: Settings, provider: str) -> str:
    key = settings.key(provider)
    return key.get_secret_value() if key else ""  # never empty: the settings demand a key of every named provider
