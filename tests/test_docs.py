"""What the documentation says of the tree is true: links, targets, packages, tables, tests and diffs."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from bot.models import Model
from bot.providers.sandbox import Sandbox
from bot.storage.tables import metadata
from bot.ui.client import PERMISSIONS
from docs.tools import diagrams, reference
from tests.support.providers import VENDORS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "tests" / "README.md"])
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
DIFFS = re.findall(r"^```diff\n(.*?)^```$", CONTRIBUTING, re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
LONGEST_DIFF = 100
MKDOCS = ROOT / ".venv" / "docs" / "bin" / "mkdocs"


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def section(text: str, heading: str) -> str:
    return re.split(r"^#+ ", text.split(f"## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_and_its_heading(page: Path) -> None:
    broken: list[str] = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_the_readme_shows_a_moving_picture_that_loads_quickly() -> None:
    [name] = re.findall(r"!\[[^\]]+\]\(([^)]+\.webp)\)", (ROOT / "README.md").read_text("utf-8"))
    with Image.open(ROOT / name) as film:
        assert getattr(film, "n_frames", 1) > 8
    assert (ROOT / name).stat().st_size <= 2_000_000


def test_the_pages_made_from_the_code_are_as_the_code_is() -> None:
    stale = [str(file.relative_to(ROOT)) for file, text in reference.pages().items() if file.read_text("utf-8") != text]
    assert stale == [], "run `make reference` (or `.venv/bin/python -m docs.tools.reference`) and commit what it wrote"


def test_every_page_stands_in_the_menu_and_nothing_else_does() -> None:
    menu = (ROOT / "mkdocs.yml").read_text("utf-8").split("\nnav:\n", 1)[1]
    named = re.findall(r"[\w/-]+\.md$", menu, re.MULTILINE)
    elsewhere = {"contributing.md", "security.md", "changelog.md", "tests.md", "legal/privacy.md", "legal/terms.md"}
    there = {str(page.relative_to(ROOT / "docs")) for page in ROOT.glob("docs/**/*.md")}
    assert sorted(named) == sorted(there | elsewhere)


@pytest.mark.skipif(not MKDOCS.exists(), reason="`make docs` installs what builds the pages, and builds them")
def test_the_pages_build_without_a_warning(tmp_path: Path) -> None:
    built = subprocess.run(
        [MKDOCS, "build", "--quiet", "--site-dir", tmp_path],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert (built.returncode, built.stderr) == (0, "")


def test_every_diagram_has_its_drawing_and_no_drawing_is_left_over() -> None:
    assert set(diagrams.diagrams()) == {file.name for file in diagrams.FOLDER.glob("*.svg")}, "run `make diagrams`"


def test_the_table_of_image_services_says_what_the_code_says() -> None:
    page = (ROOT / "docs" / "vendors" / "index.md").read_text("utf-8")
    table = ([one.strip() for one in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("|"))
    rows = {name: cells for name, *cells in table}
    vendors = [provider for _, provider in VENDORS.values()]
    assert rows["name in `PROVIDERS`"] == [f"`{one.name}`" for one in (*vendors, Sandbox)]
    offers = [one.capabilities for one in (*vendors, Sandbox)]
    assert rows["`guidance`"] == ["yes" if one.guidance else "–" for one in offers]
    assert rows["`enhance`"] == ["yes" if one.enhance else "–" for one in offers]
    assert rows["pictures at once (`pro`, `max`)"] == [
        f"{one.slots[Model.PRO]}, {one.slots[Model.MAX]}" for one in offers
    ]
    scales = [(one.text_tolerance, one.edit_tolerance) for one in offers]
    told = [", ".join(f"{scale[0]}–{scale[-1]}" for scale in pair) for pair in scales]
    assert rows["safety tolerance from words, from pictures"] == [*told[:-1], "all"]
    prices = [[one.prices[model] / 1e6 for model in Model] for one in offers[:-1]]
    found = [
        [float(price) for price in re.findall(r"\$([\d.]+)", cell)]
        for cell in rows["price of a `pro`, `max` picture"][:-1]
    ]
    assert found == prices


def test_the_invitation_asks_for_the_permissions_that_are_told() -> None:
    page = (ROOT / "docs" / "operations" / "app-directory.md").read_text("utf-8")
    table = re.findall(r"^\| ([A-Z][A-Za-z, ]+) \| .* \|$", section(page, "Permissions"), re.MULTILINE)
    told = {name.strip().lower().replace(" ", "_") for cell in table for name in cell.split(",")}
    assert told == {name.replace("read_messages", "view_channels") for name, value in PERMISSIONS if value}


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        name for page in PAGES for name in re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
    }
    assert named - targets == set()


def test_every_package_of_the_bot_stands_in_the_architecture() -> None:
    packages = {f"`bot/{one.parent.name}`" for one in (ROOT / "bot").glob("*/__init__.py")}
    assert {one for one in packages if one not in section(ARCHITECTURE, "Rooms")} == set()


def test_every_table_stands_in_the_table_of_what_is_kept_and_no_other() -> None:
    kept = section(ARCHITECTURE, "What is kept, how long, and what deletes it")
    assert sorted(re.findall(r"^\| `(\w+)` \|", kept, re.MULTILINE)) == sorted(metadata.tables)


def test_every_test_that_is_named_exists() -> None:
    named = {one for page in PAGES for one in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page.read_text("utf-8"))}
    assert named
    missing = [one for one in sorted(named) if not re.search(rf"\bdef {one[1]}\(", (ROOT / one[0]).read_text("utf-8"))]
    assert missing == []


def test_every_dependency_is_justified() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[<>=\[]", one)[0].lower() for one in project["dependencies"]}
    justified = re.findall(r"^\| ([\w.-]+) \|", section(CONTRIBUTING, "Dependencies"), re.MULTILINE)
    assert names - {one.lower() for one in justified} == set()


@pytest.mark.parametrize("diff", DIFFS, ids=lambda diff: re.search(r"^\+\+\+ b/(\S+)", diff, re.MULTILINE)[1])
def test_a_diff_applies_or_was_applied_and_is_short(diff: str) -> None:
    assert diff.count("\n") < LONGEST_DIFF
    told = [
        subprocess.run(["git", "apply", "--check", *way, "-"], cwd=ROOT, input=diff, text=True, capture_output=True)
        for way in ((), ("--reverse",))
    ]
    assert any(one.returncode == 0 for one in told), f"make this diff anew: {told[0].stderr}"
