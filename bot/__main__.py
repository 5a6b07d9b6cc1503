"""The program: reads the command line, and does what it says."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import sys
import time
from pathlib import Path

import structlog

from bot import __version__, app, doctor
from bot.cli import command_line, initial_setup
from bot.config import ENV_FILE, Settings, checked_address, load, unknown_names
from bot.errors import AtelierError, BackupFailed, ConfigurationError
from bot.local import embedding
from bot.observability import log
from bot.storage import backup, folder_beside, moving, open_database

_log = structlog.get_logger(__name__)


def main() -> None:
    """Parse the command line and do what it says; exit status 2 for a wrong setting, 1 for any other trouble."""
    arguments = command_line.parser().parse_args()
    if arguments.command == "completion":
        print(command_line.completion(arguments.shell), end="")
        return
    try:
        if arguments.command == "init":
            log.configure("ERROR", "console", ())
            initial_setup.set_up(ENV_FILE)
            return
        settings = load()
        tidy = arguments.command == "doctor" and settings.log_level == "INFO"  # its own lines say how it goes
        log.configure("WARNING" if tidy else settings.log_level, settings.log_format, settings.secrets)
        if arguments.command == "migrate" and arguments.reopen:
            _reopen(settings.database_url, alone=not (arguments.source or arguments.target))
        elif arguments.command == "migrate" and (arguments.source or arguments.target):
            asyncio.run(_move(arguments.source or settings.database_url, arguments.target or settings.database_url))
        elif arguments.command in {"backup", "restore"}:
            _copy(arguments.command, settings, arguments.file)
        elif arguments.command == "doctor":
            sys.exit(asyncio.run(doctor.examine(settings, unknown=unknown_names(), mend=arguments.mend)))
        else:
            sys.exit(asyncio.run(_command(arguments.command or "run", settings)))
    except ConfigurationError as error:
        print("Atelier cannot start:", *(f"  {fault}" for fault in error.faults), sep="\n", file=sys.stderr)
        sys.exit(2)
    except AtelierError as error:
        print(f"Atelier cannot go on: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


async def _command(name: str, settings: Settings) -> int:
    if name == "migrate":
        async with open_database(settings.database_url):
            print("The database is up to date.")
        return 0
    if unknown := unknown_names():
        _log.warning(".env holds what is no setting", found=" ".join(unknown))
    if name == "work" and settings.discord_token is None:
        raise ConfigurationError(("DISCORD_TOKEN: needed to work beside other processes",))
    if name == "run" and settings.discord_token is None and settings.atelier_container:
        raise ConfigurationError(("DISCORD_TOKEN: needed in a container (`atelier playground` runs without one)",))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # on Windows, Ctrl-C interrupts by itself
            loop.add_signal_handler(number, stop.set)
    if name in {"run", "work"} and settings.discord_token is not None:
        _show(settings, None)
        await app.run(settings, stop, gateway=name == "run")
        return 0
    async with embedding.playground(settings, welcome=True) as (embedded, page, inspection):
        _show(settings, page)
        await embedding.run(embedded, stop, inspection)
    return 0


def _copy(command: str, settings: Settings, file: Path) -> None:
    database = backup.file_of(settings.database_url)
    if command == "backup":
        print(f"{file}: {backup.back_up(database, file) / 1_000_000:.1f} MB, consistent and checked.")
        return
    former = backup.restore(file, database, int(time.time() * 1000))
    print(f"{database} is the copy now.")
    if former is not None:
        print(f"What was there before is kept as {former}.")
    print("Requests that waited when the copy was made are not sent again: they may have been paid since.")


async def _move(source: str, target: str) -> None:
    """Copy one database into another, told table by table."""
    for option, url in (("--from", source), ("--to", target)):
        try:
            checked_address(url)
        except ValueError as error:
            raise ConfigurationError((f"{option} has to be {error}",)) from None
    _refuse_missing(source)
    old, new = _without_password(source), _without_password(target)
    waiting = folder_beside(source)
    if waiting.is_dir() and any(waiting.iterdir()):
        raise BackupFailed(f"Paid pictures wait in {waiting}: start the bot once more on {old}.")
    now = int(time.time() * 1000)
    for url in (source, target):
        moving.refuse_others(url, now)  # before anything is changed, be it the schema
        async with open_database(url):
            pass  # it can be opened, and has this version's schema
    faults = moving.move(source, target, now, lambda table, rows: print(f"{rows:>12,} {table}"))
    print(f"{new} holds all of it already." if faults is None else f"{new} holds the same now, row by row.")
    print(f"Set DATABASE_URL to it. No bot starts on {old} any more: what waits there would be ordered twice.")
    if faults:
        print(f"The ledger does not add up, as before, in {len(faults)} jobs: see `atelier doctor`.")


def _reopen(url: str, *, alone: bool) -> None:
    if not alone:
        raise ConfigurationError(("--reopen stands alone: it is about DATABASE_URL",))
    _refuse_missing(url)
    waited = moving.reopen(url, int(time.time() * 1000))
    print(f"A bot can go on with {_without_password(url)}.")
    print(f"What waited ({waited}) is not sent again: it may have been paid since.")


def _refuse_missing(url: str) -> None:
    if (file := backup.file_of(url)) is not None and not file.exists():
        raise BackupFailed(f"There is no database at {file}.")


def _show(settings: Settings, page: str | None) -> None:
    print(f"Atelier {__version__}")
    for what, kind, text in start_table(settings, page):
        print(f"  {what:<11} {kind:<9} {text}")
    sys.stdout.flush()


def start_table(settings: Settings, page: str | None) -> list[tuple[str, str, str]]:
    """What is real and what is embedded; ``page`` is the playground's, where that is what runs."""
    discord = ("Discord", "real", settings.discord_api_url)
    address = _without_password(settings.database_url)
    database = ("Database", "embedded", address)
    if page:
        taken = "" if page.endswith(f":{embedding.PORT}") else f" ({embedding.PORT} is taken: by another playground?)"
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


def _without_password(url: str) -> str:
    """An address without the password in it."""
    address = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"(password=)[^&]*", r"\1***", address)


if __name__ == "__main__":
    main()
