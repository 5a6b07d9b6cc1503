"""The wheel: all that the program reads is in it, and it runs in a folder that knows nothing of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot import __version__

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("bot", "cogs", "painter", "playground"):
        shutil.copytree(ROOT / name, folder / "src" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "src" / name)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(folder / "src"),
    ]
    built = subprocess.run(build, capture_output=True, text=True)
    if built.returncode and "setuptools" in built.stderr and "No matching distribution" in built.stderr:
        pytest.skip("setuptools cannot be had here")
    assert built.returncode == 0, built.stderr
    [file] = folder.glob("*.whl")
    return file


@pytest.mark.slow
def test_the_wheel_holds_what_the_program_reads(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert wheel.name.startswith(f"atelier-{__version__}-")
    tree = {
        str(file.relative_to(ROOT))
        for package in ("bot", "cogs", "painter", "playground")
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pot"
    }
    assert tree - names == set()


@pytest.mark.slow
def test_the_wheel_runs_from_anywhere(wheel: Path, tmp_path: Path) -> None:
    """Installed beside the libraries that are here, in a folder that knows nothing of the tree."""
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(tmp_path / "lib"),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    (tmp_path / "work").mkdir()
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "lib")}
    atelier = [sys.executable, str(tmp_path / "lib" / "bin" / "atelier")]

    def told(*arguments: str) -> str:
        return subprocess.run(
            [*atelier, *arguments],
            cwd=tmp_path / "work",
            env=env,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    assert told("--version") == f"Atelier {__version__}\n"
    assert "_shtab_atelier" in told("completion", "bash")
    assert "there is none at data/atelier.db yet" in told("doctor")
    with subprocess.Popen(
        [*atelier, "playground"], cwd=tmp_path / "work", env=env, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout is not None
            table = [running.stdout.readline() for _ in range(6)]
            assert "open http://127.0.0.1:" in "".join(table)
        finally:
            running.terminate()
        assert running.wait(60) == 0
    assert list((tmp_path / "work" / "data").iterdir()) == [], "the playground forgets everything"
