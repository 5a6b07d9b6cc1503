"""The command line: what it takes, and what its help says. ``bot.__main__`` does it."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import __version__

SHELLS = ("bash", "zsh", "fish")
_DESCRIPTION = "A Discord bot that makes and edits pictures with FLUX.1 Kontext. Without a command, it runs."
_EXAMPLES = (
    ("atelier playground", "try it in the browser without a token or key (keys in .env are used, and cost money)"),
    ("atelier init && atelier run", "set it up, then run it"),
    ("atelier doctor", "something is wrong: what?"),
    ("atelier backup atelier.db", "copy the database while the bot runs"),
)
_FOOT = (
    "Settings are read from the environment and from .env in this folder. `atelier COMMAND --help` says more of one."
)
_NAME_WIDTH = 14
_LEAST = 24


@dataclass(frozen=True, slots=True)
class _Command:
    name: str
    help: str
    """A line in the list of all."""
    about: str
    """What its own help says."""
    arguments: Callable[[argparse.ArgumentParser], object] = lambda _: None


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mend", action="store_true", help="also end stuck jobs and settle what was left unsettled")


def _migrate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="source", metavar="URL", help="what is copied; no bot may work on it")
    parser.add_argument("--to", dest="target", metavar="URL", help="an empty database, such as postgresql://…")
    reopening = "go on with DATABASE_URL though it was copied: the copy is lost; what waited is not sent again"
    parser.add_argument("--reopen", action="store_true", help=reopening)


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the copy; it must not exist yet")


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a copy made by 'backup'")


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="your shell")


_GROUPS: Sequence[tuple[str, Sequence[_Command]]] = (
    (
        "Start",
        (
            _Command(
                "init",
                "ask for token and keys, check each, write .env",
                "Asks for the bot's token and the image services' keys, checks each at once, writes .env (readable by "
                "you alone) and prints the invitation. What stands in .env is kept unless you say otherwise; Ctrl-C "
                "leaves everything as it was. Answers may also come from a pipe, one a line.",
            ),
            _Command(
                "run",
                "run the bot (the default)",
                "Runs the bot. Without DISCORD_TOKEN it runs in the playground.",
            ),
            _Command(
                "playground",
                "run it in a small Discord in the browser",
                "Runs the bot in the playground, a small Discord in the browser, whatever is configured. Keys in .env "
                "are used and their pictures cost money, unless PROVIDERS=sandbox.",
            ),
        ),
    ),
    (
        "Look after it",
        (
            _Command(
                "doctor",
                "check token, keys, balances, database",
                "Checks the settings, Discord, the image services and the database, and says what to fix. Exits with 1 "
                "if anything is broken.",
                _doctor,
            ),
            _Command(
                "backup",
                "copy the database, also while the bot runs",
                "Writes a consistent copy of the database, also while the bot runs.",
                _backup,
            ),
            _Command(
                "restore",
                "put a copy in the place of the database",
                "Puts a copy in the place of the database; the bot must be stopped. What was there is kept beside it.",
                _restore,
            ),
            _Command(
                "migrate",
                "renew the database's schema, or move it",
                "Brings the database to this version's schema. With --from or --to it copies one database into "
                "another, from SQLite to PostgreSQL or back.",
                _migrate,
            ),
        ),
    ),
    (
        "More",
        (
            _Command(
                "work",
                "only make pictures that others accepted",
                "Works on what other processes accept, without a gateway of its own. Needs PostgreSQL.",
            ),
            _Command(
                "completion",
                "teach your shell these commands",
                "Prints what teaches your shell these commands. For bash: source <(atelier completion bash)",
                _completion,
            ),
        ),
    ),
)


class _Parser(argparse.ArgumentParser):
    """The whole program's, whose help is laid out by hand: in groups, a line a command, as wide as the terminal."""

    def format_help(self) -> str:
        width = min(shutil.get_terminal_size().columns, 100)
        lines = [f"Atelier {__version__}", "", *textwrap.wrap(_DESCRIPTION, width), "", "Usage: atelier [COMMAND]", ""]
        for title, commands in _GROUPS:
            lines += [title, *(_line(one.name, one.help, width) for one in commands), ""]
        options = (("-h, --help", "this, or after a command: what it takes"), ("--version", "which version this is"))
        lines += ["Options", *(_line(name, about, width) for name, about in options), ""]
        widest = max(len(command) for command, _ in _EXAMPLES) + 2
        lines += ["Examples", *(_line(command, about, width, widest) for command, about in _EXAMPLES), ""]
        return "\n".join([*lines, *textwrap.wrap(_FOOT, width), ""])


def _line(name: str, about: str, width: int, column: int = _NAME_WIDTH) -> str:
    """A name and what is said of it, beside each other, or below where there is no room."""
    if width - column < _LEAST:
        return "\n".join([f"  {name}", *textwrap.wrap(about, width, initial_indent="    ", subsequent_indent="    ")])
    wrapped = textwrap.wrap(about, width - column - 2)
    return "\n".join([f"  {name:<{column}}{wrapped[0]}", *(" " * (column + 2) + one for one in wrapped[1:])])


def parser() -> argparse.ArgumentParser:
    """What the program takes; `shtab` reads it to write the completions."""
    whole = _Parser(prog="atelier", description=_DESCRIPTION)
    whole.add_argument("--version", action="version", version=f"Atelier {__version__}", help="which version this is")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", parser_class=argparse.ArgumentParser)
    for _, group in _GROUPS:
        for one in group:
            one.arguments(commands.add_parser(one.name, help=one.help, description=one.about))
    return whole


def completion(shell: str) -> str:
    """What teaches a shell the commands: a file that shtab wrote beforehand."""
    return (Path(__file__).parent / "completions" / f"atelier.{shell}").read_text("utf-8")
