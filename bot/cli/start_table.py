"""What is printed at the start: what is real, what is embedded, and what bounds the bill."""

from __future__ import annotations

import sys

from bot import __version__
from bot.config import PLAYGROUND_PORT, Settings, without_password


def show(settings: Settings, page: str | None) -> None:
    """Print it; ``page`` is the playground's, where that is what runs."""
    print(f"Atelier {__version__}")
    for what, kind, text in start_table(settings, page):
        print(f"  {what:<11} {kind:<9} {text}")
    sys.stdout.flush()


def start_table(settings: Settings, page: str | None) -> list[tuple[str, str, str]]:
    """Each part, whether it is real, and what there is to be said of it."""
    discord = ("Discord", "real", settings.discord_api_url)
    address = without_password(settings.database_url)
    database = ("Database", "embedded", address)
    if page:
        taken = "" if page.endswith(f":{PLAYGROUND_PORT}") else f" ({PLAYGROUND_PORT} is taken: by another playground?)"
        discord = ("Discord", "embedded", f"the playground: open {page}{taken}")
        database = ("Database", "embedded", "forgotten when it ends; DATABASE_URL names one that is kept")
    health = ("Health", "off", "set HTTP_PORT to switch it on")
    if settings.http_port is not None:
        health = ("Health", "real", f"http://{settings.http_host}:{settings.http_port}/healthz")
    if "database_url" in settings.model_fields_set:
        database = ("Database", "real", address)
    paid = ("Pictures", "real", "the keys in .env are used and pictures cost money; PROVIDERS=sandbox paints for free")
    return [
        discord,
        *(
            (f"Provider {number}", "embedded", "sandbox: paints without a model, for trying out")
            if name == "sandbox"
            else (f"Provider {number}", "real", name)
            for number, name in enumerate(settings.provider_order, start=1)
        ),
        *([paid] if page and settings.real_providers else []),
        ("Budget", *_budget(settings)),
        database,
        health,
    ]


def _budget(settings: Settings) -> tuple[str, str]:
    """Whether the operator's cap was set, and what bounds the bill in 24 hours."""
    if settings.budget_usd is None:
        return "off", "nothing here costs money"
    kind = "default" if settings.daily_budget_usd is None else "set"
    return kind, f"in 24 hours {', '.join(settings.ceilings)} (DAILY_BUDGET_USD and others)"
