"""How the tests may depend on each other: what is shared is in `support` and `standins`, and those know no test."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parent
SHARED = {"support": ("tests.support", "tests.standins"), "standins": ("tests.standins",)}
"""Where shared things are, and what of the tests these may import: the stand-ins know nothing of the bot's support."""


def imported(path: Path) -> set[str]:
    """The modules of the tests that a file imports, by their full names."""
    package = ("tests", *path.relative_to(TESTS).parent.parts)
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            found |= {module} | {f"{module}.{one.name}" for one in node.names}
    return {name for name in found if name.split(".")[0] == "tests"}


def test_no_file_imports_a_test_or_its_fixtures() -> None:
    wrong = [
        (str(path.relative_to(TESTS)), name)
        for path in TESTS.rglob("*.py")
        for name in imported(path)
        if any(part == "conftest" or part.startswith("test_") for part in name.split("."))
    ]
    assert wrong == []


def test_what_is_shared_imports_nothing_of_the_tests_but_what_is_shared() -> None:
    wrong = [
        (str(path.relative_to(TESTS)), name)
        for folder, allowed in SHARED.items()
        for path in (TESTS / folder).rglob("*.py")
        for name in imported(path)
        if name != "tests" and not name.startswith(allowed)
    ]
    assert wrong == []
