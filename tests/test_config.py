"""Settings: each fault in one line that names the variable, never a secret; and every one documented."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.config import Settings, load, unknown_names
from bot.errors import ConfigurationError
from bot.models import ShardShare

ROOT = Path(__file__).parent.parent
VARIABLES = {name.upper() for name in Settings.model_fields}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own environment."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROVIDERS", "bfl,nobody"),
        ("PROVIDERS", "sandbox,sandbox"),
        ("DAILY_CREDITS", "many"),
        ("DAILY_BUDGET_USD", "-1"),
        ("SANDBOX_SECONDS", "nan"),
        ("USER_JOBS", "0"),
        ("ALLOWED_SERVERS", ","),
        ("BFL_API_KEY", "käy"),
        ("JOB_TIMEOUT_SECONDS", "0"),
        ("BFL_API_URL", "http://api.bfl.ai"),
        ("DISCORD_API_URL", "ftp://discord.com"),
        ("DATABASE_URL", "mysql://somewhere"),
        ("DATABASE_URL", "postgresql+psycopg2://somewhere/a"),
        ("DATABASE_URL", "postgresql://user:a/secret@host/database"),
        ("HTTP_PORT", "99999"),
        ("PRICE_LIST", "bfl=0.04"),
        ("PRICE_LIST", "bfl.pro=nan"),
        ("PRICE_LIST", "bfl.pro=0.04=1"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("DISCORD_DEV_GUILD_ID", "my server"),
        ("MEMBER_DAILY_CREDITS", "-1"),
        ("SERVER_DAILY_CREDITS", "unlimited"),
        ("ALLOWED_SERVERS", "1, my server"),
        ("ALLOWED_SERVERS", "0"),
        ("USER_INSTALL", "maybe"),
        ("NEW_MEMBER_HOURS", "1.5"),
        ("SHARDS", "3"),
        ("SHARDS", "all"),
        ("SHARDS", "3-2/16"),
        ("SHARDS", "12-16/16"),
        ("SHARDS", "-1/16"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load(None)
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].startswith(f"{name}: must be ")
    assert "secret" not in caught.value.faults[0]


def test_a_provider_without_its_key_is_told_and_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDERS", "bfl,vtrix")
    monkeypatch.setenv("VTRIX_API_KEY", "a-real-secret")
    with pytest.raises(ConfigurationError, match="BFL_API_KEY: needed") as caught:
        load(None)
    assert "a-real-secret" not in str(caught.value)
    assert "a-real-secret" not in repr(load(None, providers="vtrix"))


@pytest.mark.parametrize(
    ("value", "share"),
    [
        (" 0-3/16 ", ShardShare(16, (0, 1, 2, 3))),
        ("15/16", ShardShare(16, (15,))),
        ("Auto", ShardShare(0)),
        ("", None),
    ],
)
def test_shards_are_a_range_a_single_one_or_a_share(
    monkeypatch: pytest.MonkeyPatch, value: str, share: ShardShare | None
) -> None:
    monkeypatch.setenv("SHARDS", value)
    assert load(None).shards == share


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DAILY_CREDITS=5\nUSER_JOBS=7\n")
    monkeypatch.setenv("DAILY_CREDITS", "9")
    settings = load(file)
    assert (settings.daily_credits, settings.user_jobs) == (9, 7)


def test_every_provider_with_a_key_is_used_in_the_usual_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(None).provider_order == ("sandbox",)
    monkeypatch.setenv("VTRIX_API_KEY", "k")
    monkeypatch.setenv("BFL_API_KEY", "k")
    assert load(None).provider_order == ("bfl", "vtrix")


@pytest.mark.parametrize(
    ("values", "budget"),
    [
        ({}, None),
        ({"providers": "sandbox", "bfl_api_key": "k"}, None),
        ({"bfl_api_key": "k"}, 10_000_000),
        ({"bfl_api_key": "k", "daily_budget_usd": 0}, 0),
        ({"bfl_api_key": "k", "daily_budget_usd": 2.5}, 2_500_000),
        ({"daily_budget_usd": 3}, 3_000_000),
    ],
)
def test_where_pictures_cost_money_there_is_a_budget(values: dict[str, Any], budget: int | None) -> None:
    assert load(None, **values).daily_budget_microusd == budget


def test_ceilings_that_are_none_are_named_unless_the_servers_are_chosen() -> None:
    high = {"bfl_api_key": "k", "member_daily_credits": 1_000_000, "daily_budget_usd": 50_000}
    assert load(None, **high).high_ceilings == ("MEMBER_DAILY_CREDITS", "DAILY_BUDGET_USD")
    assert load(None, **high, allowed_servers="1,2").high_ceilings == ()
    assert load(None, **{**high, "bfl_api_key": None}).high_ceilings == ()
    assert load(None, bfl_api_key="k").high_ceilings == ()


def test_the_example_file_starts_the_bot_and_names_every_variable_and_no_other() -> None:
    text = (ROOT / ".env.example").read_text()
    assert load(ROOT / ".env.example").provider_order == ("sandbox",)
    assert set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE)) == VARIABLES


def test_a_blank_key_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFL_API_KEY", "  ")
    assert load(None).provider_order == ("sandbox",)


def test_a_name_in_the_file_that_no_setting_has_is_told_with_the_nearest_and_without_its_value(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    lines = ("DAILY_CREDIT=5", "daily_credits=5", "export BFL_KEY=a-secret", "DAILY_CREDIT=6", "FLUX_STYLE=a-secret")
    file.write_text("\n".join(lines), "utf-8")
    assert unknown_names(file) == (
        "DAILY_CREDIT: no such setting. Did you mean DAILY_CREDITS?",
        "BFL_KEY: no such setting. Did you mean BFL_API_KEY?",
        "FLUX_STYLE: no such setting. Nothing reads it.",
    )


@pytest.mark.parametrize("secret", ["MTIz.abc.d-ef_1", "abcdef012345", "Zm9vYmFyCg==", "two words"])
def test_a_key_that_was_pasted_without_its_name_is_not_shown(tmp_path: Path, secret: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"# mine\n\nBFL_API_KEY=\n{secret}\n", "utf-8")
    assert unknown_names(file) == ("line 4 of .env is no setting. One is NAME=value.",)


def test_what_is_there_for_others_is_not_told(tmp_path: Path) -> None:
    assert unknown_names(ROOT / ".env.example") == ()
    assert unknown_names(tmp_path / "none") == ()
    files = [ROOT / "compose.yaml", *ROOT.glob("docs/operations/*.md"), *ROOT.glob("docs/operations/*.yaml")]
    text = "\n".join(one.read_text("utf-8") for one in files)
    names = {*re.findall(r"\$\{([A-Z_]+)", text), *re.findall(r'"([A-Z_]+)=[^"]*" >> \.env', text)}
    assert {"POSTGRES_PASSWORD", "COMPOSE_PROFILES", "COMPOSE_FILE"} <= names
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}=x\n" for name in sorted(names)), "utf-8")
    assert unknown_names(file) == ()


def test_a_fault_is_told_together_with_the_name_that_explains_it(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PROVIDERS=bfl\nBFL_KEY=a-secret\n", "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert [one.partition(":")[0] for one in caught.value.faults] == ["BFL_API_KEY", "BFL_KEY"]
