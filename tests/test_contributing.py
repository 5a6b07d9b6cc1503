"""What CONTRIBUTING shows as a diff is true: applied to a copy of the tree, its own tests pass."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("bot", "cogs", "painter", "playground", "tests", "pyproject.toml")


def diff_under(title: str) -> str:
    """The diff in a section of CONTRIBUTING."""
    section = (ROOT / "CONTRIBUTING.md").read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
    found = re.search(r"```diff\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


def copy_with(diff: str, to: Path) -> None:
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, to / part)
    subprocess.run(["git", "apply", "-p1", "-"], cwd=to, input=diff, text=True, check=True)


def outcome(tree: Path, *arguments: str) -> str:
    """What pytest says at its end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    ran = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    return ran.stdout if ran.returncode else ran.stdout.splitlines()[-1]


def test_a_rule_is_one_declaration_and_its_enforcement(tmp_path: Path) -> None:
    diff = diff_under("Add a rule")
    assert len(diff.splitlines()) < 100
    copy_with(diff, tmp_path)
    where = ("tests/e2e/test_settings.py", "tests/guild_settings", "tests/admission", "tests/ui/test_settings_panel.py")
    said = outcome(tmp_path, "-k", "prompt-length or how_long or every_rule or every_field or everything", *where)
    assert "failed" not in said, said
    assert "100%" in said or "passed" in said, said
