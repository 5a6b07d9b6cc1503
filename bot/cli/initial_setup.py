"""`atelier init`: asks for the token and keys, checks each at once, and at the end writes `.env` in one step."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import dotenv

from bot import doctor
from bot.config import KEY_OF, load
from bot.doctor import Finding
from bot.errors import SetupStopped

_ABOUT = {
    "DISCORD_TOKEN": (
        "The bot's token",
        "https://discord.com/developers/applications → your application → Bot → Reset Token",
    ),
    "BFL_API_KEY": ("A key of Black Forest Labs, if you have one", "https://api.bfl.ai"),
    "AIMLAPI_KEY": ("A key of AI/ML API, if you have one", "https://aimlapi.com"),
    "VTRIX_API_KEY": ("A key of Vtrix, if you have one", "https://cloud.vtrix.ai"),
}
_NEW_FILE = (
    "# Settings of Atelier. The environment wins over this file; everything left out has a default that works.\n"
)

Check = Callable[[str], list[Finding]]


def set_up(env_file: Path) -> None:
    """Ask, check and write. Raises ``SetupStopped`` where an answer cannot be used and nobody can be asked again."""
    try:
        _set_up(env_file)
    except KeyboardInterrupt:
        print("\nNothing was written.")
        raise


def _set_up(env_file: Path) -> None:
    held = dotenv.dotenv_values(env_file, interpolate=False) if env_file.exists() else {}
    if env_file.exists():
        load(env_file, providers=("sandbox",))  # a fault in it is told before anything is asked
    print("Nothing is written before the end; Ctrl-C leaves everything as it is.")
    answers: dict[str, str] = {}
    invitation = ""
    for variable in _ABOUT:
        findings: list[Finding] = []

        def check(value: str, variable: str = variable, findings: list[Finding] = findings) -> list[Finding]:
            findings[:] = _findings(env_file, variable, value)
            return findings

        value = _answer(variable, held.get(variable) or "", check)
        if value is not None:
            answers[variable] = value
        invitation = next((one.text for one in findings if one.subject == "Invite"), invitation)
    if answers:
        try:
            _write(env_file, answers)
        except OSError as error:
            raise SetupStopped(
                f"{env_file} cannot be written ({(error.strerror or 'no reason given').lower()})."
            ) from None
        print(f"\n{env_file} is written, readable by you alone.")
    else:
        print(f"\nNothing to write: {env_file} stays as it is.")
    if invitation:
        print(f"Invite the bot: {invitation}")
    elif answers.get("DISCORD_TOKEN") or held.get("DISCORD_TOKEN"):
        print("`atelier doctor` prints the link that invites the bot, once Discord can be reached and knows the token.")
    print("Then: atelier run, or in a checkout: make run")


def _answer(variable: str, held: str, check: Check) -> str | None:
    """What is to be written; None where the file stays as it is."""
    what, where = _ABOUT[variable]
    print(f"\n{what}\n  {where}")
    while True:
        value = _secret(f"  {variable} (Enter {'keeps the one that is there' if held else 'leaves it out'}): ").strip()
        if not value or value == held:
            if held:
                _tell(check(held))
            return None
        if not (value.isascii() and value.isprintable()) or any(letter in value for letter in " '\"#\\$"):
            print("  FIX  That holds spaces or signs that no key has: look for one that was changed in copying.")
            _stop_unless_asked_again(variable)
            continue
        fine = _tell(check(value))
        if fine or _agreed("  Use it all the same? [y/N] "):
            break
        _stop_unless_asked_again(variable)
    if held and not _agreed(f"  Replace the {variable} that is there? [y/N] "):
        return None
    return value


def _findings(env_file: Path, variable: str, value: str) -> list[Finding]:
    """What Discord or the service says of it; the file's other settings, such as addresses, hold."""
    if variable == "DISCORD_TOKEN":
        return asyncio.run(doctor.discord(load(env_file, providers=("sandbox",), discord_token=value)))
    provider = next(name for name, key in KEY_OF.items() if key == variable)
    return asyncio.run(doctor.providers(load(env_file, providers=(provider,), **{variable.lower(): value})))


def _tell(findings: list[Finding]) -> bool:
    for one in findings:
        if one.subject not in {"Invite", "Ceilings"}:  # the one is told at the end, the other hangs on all answers
            print(f"  {one.mark:<4} {one.text}")
    return all(one.fine for one in findings)


def _secret(question: str) -> str:
    """An answer that is not shown; from a pipe, its next line."""
    return getpass.getpass(question) if sys.stdin.isatty() else _line(question)


def _agreed(question: str) -> bool:
    answer = input(question) if sys.stdin.isatty() else _line(question)
    return answer.strip().lower() in {"y", "yes"}


def _line(question: str) -> str:
    print(question)
    return sys.stdin.readline()


def _stop_unless_asked_again(variable: str) -> None:
    if not sys.stdin.isatty():
        raise SetupStopped(f"The answer for {variable} could not be used. Nothing was written.")


def _write(env_file: Path, answers: dict[str, str]) -> None:
    """Put the answers into the file in one step; its other lines and comments stay."""
    env_file = env_file.resolve()  # a link stays one
    example = env_file.with_name(".env.example")
    former = next((one.read_text("utf-8") for one in (env_file, example) if one.exists()), _NEW_FILE)
    handle, name = tempfile.mkstemp(prefix=".env-", dir=env_file.parent)  # readable by its owner alone
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(former)
        for variable, value in answers.items():
            dotenv.set_key(name, variable, value, quote_mode="never")  # docker takes quotes as part of a value
        Path(name).replace(env_file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
