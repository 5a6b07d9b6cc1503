"""The command line: help for every width, the version from one place, completions for every command."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import __version__
from bot.cli import command_line

ROOT = Path(__file__).parents[2]


def run(*arguments: str, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environment}
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)


def commands() -> dict[str, argparse.ArgumentParser]:
    parser = command_line.parser()
    [sub] = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return dict(sub.choices)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_the_help_names_every_command_and_fits_its_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    told = command_line.parser().format_help()
    assert max(map(len, told.splitlines())) <= columns
    assert [name for name in commands() if not re.search(rf"^  {name} ", told, re.MULTILINE)] == []


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_tells_what_it_takes(name: str) -> None:
    told = commands()[name].format_help()
    assert f"usage: atelier {name}" in told
    assert len(told.splitlines()) >= 5


def test_the_help_says_that_the_playground_uses_the_keys_that_there_are() -> None:
    told = " ".join(commands()["playground"].format_help().split())
    assert "Keys in .env are used and their pictures cost money, unless PROVIDERS=sandbox." in told
    assert "keys in .env are used" in " ".join(command_line.parser().format_help().split())


def test_the_version_is_told() -> None:
    assert run("--version").stdout == f"Atelier {__version__}\n"


def test_an_unknown_command_is_a_line_that_names_those_there_are() -> None:
    told = run("imagine")
    assert told.returncode == 2
    assert "invalid choice: 'imagine'" in told.stderr
    assert "playground" in told.stderr


@pytest.mark.parametrize("shell", command_line.SHELLS)
def test_a_completion_names_every_command_and_option(shell: str) -> None:
    told = command_line.completion(shell)
    options = {option for one in commands().values() for action in one._actions for option in action.option_strings}
    words = {*commands(), *(option.lstrip("-") for option in options)}
    assert {word for word in words if not re.search(rf"(?<![\w-])-*{word}\b", told)} == set(), "run `make reference`"


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_commands_and_what_they_take() -> None:
    script = f"""
        source <({sys.executable} -m bot completion bash)
        try() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _shtab_atelier; echo "${{COMPREPLY[@]}}"; }}
        try atelier ""; try atelier pl; try atelier completion ""; try atelier doctor --
    """
    lines = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    everything, begun, shells, options = lines.splitlines()
    assert everything.split() == list(commands())
    assert begun.split() == ["playground"]
    assert shells.split() == list(command_line.SHELLS)
    assert "--mend" in options.split()


def test_doctor_has_a_line_for_a_name_in_the_file_that_no_setting_has(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DAILY_CREDIT=12345\n", "utf-8")
    told = run("doctor", folder=tmp_path, DAILY_CREDIT="in the environment it may be another program's")
    assert told.returncode == 1
    assert "  FIX  Settings   DAILY_CREDIT: no such setting. Did you mean DAILY_CREDITS?\n" in told.stdout
    assert told.stdout.endswith("\n1 to fix.\n")
    assert "12345" not in told.stdout + told.stderr
    (tmp_path / ".env").write_text("COMPOSE_PROFILES=postgres\n", "utf-8")
    assert run("doctor", folder=tmp_path, DAILY_CREDIT="5").returncode == 0


def test_the_start_warns_in_one_line_of_names_that_no_setting_has(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKN=a-secret\nDAILY_CREDIT=5\n", "utf-8")
    told = run("run", folder=tmp_path, ATELIER_CONTAINER="1").stderr
    [line] = [one for one in told.splitlines() if "warning" in one]
    assert "Did you mean DISCORD_TOKEN?" in line
    assert "Did you mean DAILY_CREDITS?" in line
    assert "a-secret" not in told
