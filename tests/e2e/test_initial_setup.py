"""`atelier init`, as a process: against the loopback Discord and stand-ins of vendors, from a pipe and a terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import dotenv
import pytest

from bot.config import KEY_OF
from playground import LoopbackDiscord
from tests.standins import AimlapiStandIn, BflStandIn

ROOT = Path(__file__).parents[2]
PATIENCE = 60


@dataclass(frozen=True)
class World:
    """What `init` may ask, and the folder in which it is started."""

    folder: Path
    discord: LoopbackDiscord
    bfl: BflStandIn
    aimlapi: AimlapiStandIn

    @property
    def environment(self) -> dict[str, str]:
        addresses = {
            "BFL_API_URL": self.bfl.url,
            "AIMLAPI_URL": self.aimlapi.url,
            "DISCORD_API_URL": self.discord.api_url,
        }
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **addresses}

    @property
    def env_file(self) -> Path:
        return self.folder / ".env"

    async def answered(self, *lines: str, command: str = "init", **environment: str) -> tuple[int, str]:
        """The exit status and all that is shown, when these lines come from a pipe."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", command),
            cwd=self.folder,
            env=self.environment | environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await asyncio.wait_for(process.communicate("".join(f"{one}\n" for one in lines).encode()), PATIENCE)
        assert process.returncode is not None
        return process.returncode, told.decode()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with LoopbackDiscord() as discord, BflStandIn() as bfl, AimlapiStandIn() as aimlapi:
        yield World(tmp_path, discord, bfl, aimlapi)


async def test_what_is_right_is_written_for_its_owner_alone_and_the_invitation_is_told(world: World) -> None:
    token, key = world.discord.token, world.bfl.key
    status, told = await world.answered(token, key, "", "")
    assert status == 0
    assert dotenv.dotenv_values(world.env_file) == {"DISCORD_TOKEN": token, "BFL_API_KEY": key}
    assert stat.S_IMODE(world.env_file.stat().st_mode) == 0o600
    assert "Invite the bot: https://discord.com/oauth2/authorize?client_id=" in told
    assert "1,240.5 credits" in told
    assert token not in told
    assert key not in told
    assert [one.name for one in world.folder.iterdir()] == [".env"]


async def test_a_token_that_discord_does_not_know_is_not_written(world: World) -> None:
    status, told = await world.answered("no.such.token", "n")
    assert status == 1
    assert "Discord does not know this token" in told
    assert "no.such.token" not in told
    assert "Traceback" not in told
    assert not world.env_file.exists()


async def test_where_discord_cannot_be_reached_it_is_said_who_prints_the_invitation_later(world: World) -> None:
    status, told = await world.answered(*(world.discord.token, "y", "", "", ""), DISCORD_API_URL="http://127.0.0.1:9")
    assert status == 0
    assert "no Discord answers there" in told
    assert "Invite the bot" not in told
    assert "`atelier doctor` prints the link that invites the bot, once Discord" in told
    status, told = await world.answered(command="doctor")
    assert status == 0
    assert "  ok   Invite     https://discord.com/oauth2/authorize?client_id=" in told


async def test_who_has_no_token_yet_is_promised_no_invitation(world: World) -> None:
    _, told = await world.answered("", world.bfl.key, "", "")
    assert "invites the bot" not in told


async def test_doctor_shows_its_lines_alone_unless_more_is_asked_for(world: World) -> None:
    world.env_file.write_text(f"DISCORD_TOKEN={world.discord.token}\n", "utf-8")
    _, told = await world.answered(command="doctor")
    lines = told.splitlines()
    assert [one for one in lines[:-1] if not one.startswith(("  ok ", "  WARN ", "  FIX "))] == []
    assert lines[-1] == "Everything is in order."
    assert "static token" in (await world.answered(command="doctor", LOG_LEVEL="DEBUG"))[1]


async def test_a_key_that_is_wrong_is_said_at_once_and_may_be_taken_all_the_same(world: World) -> None:
    status, told = await world.answered("", "", "wrong-key", "y", "")
    assert status == 0
    assert "the vendor does not know this key" in told
    assert dotenv.dotenv_values(world.env_file) == {"AIMLAPI_KEY": "wrong-key"}


@pytest.mark.parametrize("value", ["two words", "schlüssel", "a'b", "a#b", "$(id)", "a\\b"])
async def test_what_cannot_be_a_key_is_sent_nowhere(world: World, value: str) -> None:
    status, told = await world.answered("", value)
    assert status == 1
    assert "look for one that was changed in copying" in told
    assert "The answer for BFL_API_KEY could not be used" in told
    assert value not in told
    assert world.bfl.requests == []
    assert not world.env_file.exists()


async def test_a_fault_in_the_file_that_is_there_is_told_before_anything_is_asked(world: World) -> None:
    world.env_file.write_text("DAILY_CREDITS=many\n", "utf-8")
    status, told = await world.answered(world.discord.token)
    assert status != 0
    assert "DAILY_CREDITS" in told
    assert "The bot's token" not in told


async def test_other_lines_and_comments_stay_and_nothing_is_replaced_unasked(world: World) -> None:
    former = f"# mine\nDAILY_CREDITS=7 # few\nBFL_API_KEY={world.bfl.key}\n\n#LOG_LEVEL=INFO\nAIMLAPI_KEY=former\n"
    world.env_file.write_text(former, "utf-8")
    status, told = await world.answered("", "", world.aimlapi.key, "n", "")
    assert (status, world.env_file.read_text("utf-8")) == (0, former)
    assert "1,240.5 credits" in told  # what is kept is checked too
    status, _ = await world.answered(world.discord.token, "", world.aimlapi.key, "y", "")
    changed = former.replace("former", world.aimlapi.key) + f"DISCORD_TOKEN={world.discord.token}\n"
    assert (status, world.env_file.read_text("utf-8")) == (0, changed)


async def test_a_new_file_begins_as_the_example_that_lies_beside(world: World) -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    (world.folder / ".env.example").write_text(example, "utf-8")
    await world.answered("", world.bfl.key, "", "")
    assert world.env_file.read_text("utf-8") == example.replace("\nBFL_API_KEY=\n", f"\nBFL_API_KEY={world.bfl.key}\n")


async def test_without_answers_nothing_is_written(world: World) -> None:
    status, told = await world.answered()
    assert status == 0
    assert "stays as it is" in told
    assert not world.env_file.exists()


@asynccontextmanager
async def terminal(world: World) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """`init` at a terminal of its own, and the other end of that."""
    ours, its = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "init"),
        cwd=world.folder,
        env=world.environment,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        # A suite that a shell has put into the background ignores Ctrl-C, and so would what it starts.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    os.close(its)
    try:
        yield process, ours
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        os.close(ours)


async def shown(terminal: int, words: str) -> str:
    """All that is shown from here on, up to these words."""
    told = ""
    async with asyncio.timeout(PATIENCE):
        while words not in told:
            told += (await asyncio.to_thread(os.read, terminal, 4096)).decode()
    return told


async def test_at_a_terminal_no_secret_is_shown_and_a_wrong_one_is_asked_for_again(world: World) -> None:
    async with terminal(world) as (process, screen):
        told = await shown(screen, "leaves it out): ")
        os.write(screen, b"no.such.token\n")
        told += await shown(screen, "[y/N] ")
        os.write(screen, b"n\n")
        told += await shown(screen, "leaves it out): ")
        os.write(screen, world.discord.token.encode() + b"\n")
        for _ in KEY_OF:
            told += await shown(screen, "leaves it out): ")
            os.write(screen, b"\n")
        told += await shown(screen, "Then: atelier run")
        assert await process.wait() == 0
    assert "no.such.token" not in told
    assert world.discord.token not in told
    assert dotenv.dotenv_values(world.env_file) == {"DISCORD_TOKEN": world.discord.token}


async def test_an_interruption_leaves_everything_as_it_was(world: World) -> None:
    world.env_file.write_text("BFL_API_KEY=mine\n", "utf-8")
    async with terminal(world) as (process, screen):
        await shown(screen, "leaves it out): ")
        os.write(screen, world.discord.token.encode() + b"\n")
        await shown(screen, "keeps the one that is there): ")
        process.send_signal(signal.SIGINT)
        told = await shown(screen, "Nothing was written.")
        assert await process.wait() == 130
    assert "Traceback" not in told
    assert world.env_file.read_text("utf-8") == "BFL_API_KEY=mine\n"
    assert [one.name for one in world.folder.iterdir()] == [".env"]
