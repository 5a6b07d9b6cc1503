"""Settings: what the operator decides, read once from the environment and ``.env`` (the environment wins).

Nothing else in the program reads the environment.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit

from dotenv import parser
from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import ConfigurationError
from bot.models import ShardShare

ENV_FILE = Path(".env")
PROVIDER_NAMES = ("bfl", "aimlapi", "vtrix", "sandbox")
DEFAULT_DISCORD_API_URL = "https://discord.com/api/v10"
PLAYGROUND_PORT = 8790
DEFAULT_BUDGET_USD = 10.0
HIGH = {"MEMBER_DAILY_CREDITS": 1_000, "SERVER_DAILY_CREDITS": 10_000, "DAILY_BUDGET_USD": 1_000}
"""From here on a ceiling is as good as none for a bot that anybody may add."""
OPEN_TO_ALL = "anybody can add this bot (Developer Portal, Bot, Public Bot), and these are too high to be ceilings"
_PRICED = re.compile(rf"({'|'.join(PROVIDER_NAMES)})\.(pro|max)")
_SHARDS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?/(\d{1,5})")
_OF_OTHERS = re.compile(r"(COMPOSE|DOCKER|PYTHON)_?[A-Z0-9_]+|POSTGRES_PASSWORD|NO_COLOR|TZ", re.IGNORECASE)
"""What may stand in the file for compose, Docker and Python, which read it too, or are handed it."""
_A_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,39}|[a-z][a-z_]{0,39}")
"""What is shown of an unknown name: a key that was pasted without its name must not be."""
_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


def _web_address(value: str) -> str:
    """Https, or plain http on this machine only: keys travel to these addresses."""
    value = value.rstrip("/")
    if value.startswith("https://") and len(value) > len("https://"):
        return value
    if any(value == base or value.startswith((base + ":", base + "/")) for base in _LOOPBACK):
        return value
    raise ValueError("an https:// address (http:// only on this machine)")


WebAddress = Annotated[str, AfterValidator(_web_address)]


def checked_address(url: str) -> str:
    """A database's address; raises ``ValueError`` with what is accepted, and nothing of a password."""
    if not re.match(r"sqlite\+aiosqlite:///|postgresql(\+asyncpg|\+psycopg)?://", url):
        raise ValueError("sqlite+aiosqlite:///data/atelier.db, or postgresql://user:password@host/database")
    try:
        _ = urlsplit(url).port
    except ValueError:  # it says what stands there, which may be of the password
        raise ValueError("an address; in a password write / as %2F, @ as %40, : as %3A") from None
    return url


def without_password(url: str) -> str:
    """An address without the password in it."""
    address = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"(password=)[^&]*", r"\1***", address)


class Settings(BaseSettings):
    """Every setting of the contract, with its default. Field names are the variables' in lower case."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    discord_token: SecretStr | None = None
    discord_api_url: WebAddress = DEFAULT_DISCORD_API_URL
    discord_dev_guild_id: int | None = Field(default=None, gt=0)
    shards: Annotated[ShardShare | None, NoDecode] = None
    providers: Annotated[tuple[str, ...], NoDecode] = ()
    bfl_api_key: SecretStr | None = None
    bfl_api_url: WebAddress = "https://api.bfl.ai"
    aimlapi_key: SecretStr | None = None
    aimlapi_url: WebAddress = "https://api.aimlapi.com"
    vtrix_api_key: SecretStr | None = None
    vtrix_api_url: WebAddress = "https://cloud.vtrix.ai"
    sandbox_seconds: float = Field(default=2.0, ge=0, le=600, allow_inf_nan=False)
    database_url: str = "sqlite+aiosqlite:///data/atelier.db"
    price_list: Annotated[Mapping[str, float], NoDecode] = Field(default_factory=dict[str, float])
    daily_credits: int = Field(default=20, ge=0, le=1_000_000)
    daily_budget_usd: float | None = Field(default=None, ge=0, le=1_000_000, allow_inf_nan=False)
    member_daily_credits: int = Field(default=40, ge=0, le=1_000_000)
    server_daily_credits: int = Field(default=400, ge=0, le=1_000_000)
    allowed_servers: Annotated[tuple[int, ...], NoDecode] = ()
    user_install: Literal["on", "off"] = "on"
    new_member_hours: int = Field(default=0, ge=0, le=8760)
    user_jobs: int = Field(default=3, ge=1, le=100)
    keep_jobs_days: int = Field(default=400, ge=2, le=36_500)
    job_timeout_seconds: float = Field(default=300, ge=1, le=3600, allow_inf_nan=False)
    http_host: str = "127.0.0.1"
    http_port: int | None = Field(default=None, ge=0, le=65535)
    public_url: WebAddress | None = None
    metrics_token: SecretStr | None = None
    operator_name: str = Field(default="", max_length=200)
    operator_contact: str = Field(default="", max_length=200)
    legal_folder: Path | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    log_format: Literal["console", "json"] = "console"
    atelier_container: bool = False

    @field_validator("discord_token", "bfl_api_key", "aimlapi_key", "vtrix_api_key", mode="before")
    @classmethod
    def _blank_is_none(cls, value: object) -> object:
        if isinstance(value, str) and not value.isascii():
            raise ValueError("letters, digits and signs of ASCII: look for one that was changed in copying")
        return (value.strip() or None) if isinstance(value, str) else value

    @field_validator("shards", mode="before")
    @classmethod
    def _share(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.strip().lower() == "auto":
            return ShardShare(0)
        found = _SHARDS.fullmatch(value.replace(" ", ""))
        first, last, count = (int(one) for one in found.groups(found[1])) if found else (1, 0, 0)
        if not first <= last < count:
            raise ValueError("auto, or which shards of how many, such as 0-3/16: the first is 0")
        return ShardShare(count, tuple(range(first, last + 1)))

    @field_validator("providers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip().lower() for name in value.split(",") if name.strip())
        return value

    @field_validator("allowed_servers", mode="before")
    @classmethod
    def _ids(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not value.strip():
            return ()
        names = [
            name.strip() for name in value.split(",")
        ]  # an empty one is a mistake: no list would mean every server
        if not all(re.fullmatch(r"[1-9][0-9]{0,18}", name) for name in names):
            raise ValueError("ids of servers, separated by commas")
        return tuple(map(int, names))

    @field_validator("price_list", mode="before")
    @classmethod
    def _prices(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            pairs = [one.split("=") for one in value.replace(" ", "").lower().split(",") if one]
            prices = {name: float(price) for name, price in pairs}
        except ValueError:
            prices = {"": 0.0}
        if not all(_PRICED.fullmatch(name) and 0 <= price <= 100 for name, price in prices.items()):
            raise ValueError("US dollars a picture by provider and model, such as bfl.pro=0.04,bfl.max=0.08")
        return prices

    @field_validator("providers")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value) or not set(value) <= set(PROVIDER_NAMES):
            raise ValueError(f"a list without repeats of: {', '.join(PROVIDER_NAMES)}")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        return checked_address(value)

    @field_validator("user_install", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _keys_for_providers(self) -> Settings:
        missing = [KEY_OF[name] for name in self.providers if name in KEY_OF and self.key(name) is None]
        if missing:
            raise ValueError(f"{missing[0]}: needed, because PROVIDERS names that provider")
        if self.public_url is not None and self.http_port is None:
            raise ValueError("HTTP_PORT: needed, because PUBLIC_URL is set")
        return self

    def key(self, provider: str) -> SecretStr | None:
        """The provider's key, None where none is set."""
        keys: dict[str, SecretStr | None] = {
            "bfl": self.bfl_api_key,
            "aimlapi": self.aimlapi_key,
            "vtrix": self.vtrix_api_key,
        }
        return keys.get(provider)

    @property
    def provider_order(self) -> tuple[str, ...]:
        """The providers to use: as asked, else every one with a key, else the sandbox."""
        return self.providers or tuple(name for name in KEY_OF if self.key(name)) or ("sandbox",)

    @property
    def real_providers(self) -> tuple[str, ...]:
        """The providers that cost money."""
        return tuple(name for name in self.provider_order if name in KEY_OF)

    @property
    def budget_usd(self) -> float | None:
        """The operator's cap; None where nothing costs money and none was set."""
        return DEFAULT_BUDGET_USD if self.daily_budget_usd is None and self.real_providers else self.daily_budget_usd

    @property
    def daily_budget_microusd(self) -> int | None:
        """The same in millionths of a dollar."""
        return None if self.budget_usd is None else round(self.budget_usd * 1_000_000)

    @property
    def ceilings(self) -> tuple[str, ...]:
        """What bounds the bill, for the operator."""
        budget = "no budget" if self.budget_usd is None else f"{self.budget_usd:g} dollars in all"
        return budget, f"{self.member_daily_credits} credits a member", f"{self.server_daily_credits} a server"

    @property
    def high_ceilings(self) -> tuple[str, ...]:
        """The variables whose ceilings are as good as none, where anybody could make the operator pay."""
        if not self.real_providers or self.allowed_servers:
            return ()
        values = {name: float(getattr(self, name.lower())) for name in HIGH if name != "DAILY_BUDGET_USD"}
        values["DAILY_BUDGET_USD"] = self.budget_usd or 0
        return tuple(name for name, value in values.items() if value >= HIGH[name])

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret's value, for the log's redaction only."""
        values = (self.discord_token, self.bfl_api_key, self.aimlapi_key, self.vtrix_api_key)
        return tuple(value.get_secret_value() for value in (*values, self.metrics_token) if value)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before ``.env``; nothing else."""
        return init_settings, env_settings, dotenv_settings


KEY_OF = {"bfl": "BFL_API_KEY", "aimlapi": "AIMLAPI_KEY", "vtrix": "VTRIX_API_KEY"}
"""The variable that holds each vendor's key, in the default order of preference."""


def load(env_file: Path | None = ENV_FILE, **overrides: object) -> Settings:
    """Read the settings, or raise ``ConfigurationError`` with one line a fault."""
    try:
        return Settings(_env_file=env_file, **overrides)  # type: ignore[call-arg]  # a pydantic-settings argument
    except ValidationError as error:
        faults = [_fault(cast(Mapping[str, object], one)) for one in error.errors()]
        raise ConfigurationError((*faults, *unknown_names(env_file))) from None


def unknown_names(env_file: Path | None = ENV_FILE) -> tuple[str, ...]:
    """One line for each name in the file that no setting has, never the value: what is set so holds nowhere.

    Of the file only: the environment has many names of others.
    """
    if env_file is None or not env_file.is_file():
        return ()
    with env_file.open(encoding="utf-8") as file:
        return tuple(dict.fromkeys(_unknown(parser.parse_stream(file))))


def _unknown(lines: Iterator[parser.Binding]) -> Iterator[str]:
    known = [name.upper() for name in Settings.model_fields]
    for one in lines:
        name, text = one.key or "", one.original.string
        near = difflib.get_close_matches(name.upper(), known, 1)
        if name.upper() in known or _OF_OTHERS.fullmatch(name) or not (name or one.error):
            continue
        if one.value is None or not (near or _A_NAME.fullmatch(name)):
            line = one.original.line + text[: len(text) - len(text.lstrip())].count("\n")
            yield f"line {line} of {ENV_FILE} is no setting. One is NAME=value."
        else:
            yield f"{name}: no such setting. " + (f"Did you mean {near[0]}?" if near else "Nothing reads it.")


def _fault(error: Mapping[str, object]) -> str:
    """One line for one fault: the variable and what it accepts, never the value given."""
    location = cast(tuple[object, ...], error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    if not location:
        return message
    accepts = message.removeprefix("Input should be ").partition(", unable")[0]
    return f"{str(location[0]).upper()}: must be {accepts}"
