"""The program: reads the command line, and does what it says.

A command loads what the bot has no need for: that runs for months, and is a megabyte smaller for it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys

import structlog

from bot import app
from bot.cli import command_line, start_table
from bot.config import ENV_FILE, Settings, load, unknown_names
from bot.errors import AtelierError, ConfigurationError
from bot.observability import log

_log = structlog.get_logger(__name__)


def main() -> None:
    """Parse the command line and do what it says; exit status 2 for a wrong setting, 1 for any other trouble."""
    arguments = command_line.parser().parse_args()
    try:
        sys.exit(_do(arguments.command or "run", arguments))
    except ConfigurationError as error:
        print("Atelier cannot start:", *(f"  {fault}" for fault in error.faults), sep="\n", file=sys.stderr)
        sys.exit(2)
    except AtelierError as error:
        print(f"Atelier cannot go on: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _do(command: str, arguments: argparse.Namespace) -> int:
    """Carry out a command; gives the exit status."""
    if command == "completion":
        print(command_line.completion(arguments.shell), end="")
        return 0
    if command == "init":
        from bot.cli import initial_setup

        log.configure("ERROR", "console", ())
        initial_setup.set_up(ENV_FILE)
        return 0
    settings = load()
    tidy = command == "doctor" and settings.log_level == "INFO"  # its own lines say how it goes
    log.configure("WARNING" if tidy else settings.log_level, settings.log_format, settings.secrets)
    if command == "doctor":
        from bot import doctor

        return asyncio.run(doctor.examine(settings, unknown=unknown_names(), mend=arguments.mend))
    if command in {"backup", "restore", "migrate"}:
        _about_database(command, settings, arguments)
    else:
        asyncio.run(_run(command, settings))
    return 0


def _about_database(command: str, settings: Settings, arguments: argparse.Namespace) -> None:
    from bot.cli import databases

    if command == "backup":
        databases.back_up(settings, arguments.file)
    elif command == "restore":
        databases.restore(settings, arguments.file)
    else:
        databases.migrate(settings, arguments.source, arguments.target, reopen=arguments.reopen)


async def _run(command: str, settings: Settings) -> None:
    """Be a bot (``run``), one of several (``work``) or one in the playground until the process is told to end."""
    if unknown := unknown_names():
        _log.warning(".env holds what is no setting", found=" ".join(unknown))
    if command == "work" and settings.discord_token is None:
        raise ConfigurationError(("DISCORD_TOKEN: needed to work beside other processes",))
    if command == "run" and settings.discord_token is None and settings.atelier_container:
        raise ConfigurationError(("DISCORD_TOKEN: needed in a container (`atelier playground` runs without one)",))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # on Windows, Ctrl-C interrupts by itself
            loop.add_signal_handler(number, stop.set)
    if command in {"run", "work"} and settings.discord_token is not None:
        start_table.show(settings, None)
        await app.run(settings, stop, gateway=command == "run")
        return
    from bot.local import embedding

    async with embedding.playground(settings, welcome=True) as (embedded, page, inspection):
        start_table.show(settings, page)
        await embedding.run(embedded, stop, inspection)


if __name__ == "__main__":
    main()
