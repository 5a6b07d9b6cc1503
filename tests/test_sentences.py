"""Every sentence that people read stands in bot/ui or cogs and is looked up in the catalogue; elsewhere there is none.

The scan reads the syntax trees. What it passes over: docstrings, log events, assertions, and the places named here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FACE = sorted([*ROOT.glob("bot/ui/**/*.py"), *ROOT.glob("cogs/*.py")])
BELOW = sorted({*ROOT.glob("bot/**/*.py")} - {*FACE})
LOOKED_UP = {"_", "N_", "ngettext", "pgettext"}
LABELS = {"label", "title", "placeholder", "text", "description", "hint", "about"}
"""Arguments that Discord or a form shows, so that even one word of them is for the catalogue."""
PHRASE = re.compile(r"[^\W\d_]{2,}[,;:]?\s+[^\W\d_]{2,}")
MARKUP = re.compile(r"<[@#][&!]?|<t:|\*\*|^-# |\n-# ")

ERRORS = re.compile(
    r"\b(?:\w+Error|Source\w+|MalformedAnswer|BadToken|DatabaseTooNew|DiscordUnreachable|IsolatedCallFailed)\b"
)
"""What is raised for operators, developers and the log; ``bot.ui`` shows none of it."""
FOR_OPERATORS = {
    "bot/__main__.py": "the command line",
    "bot/app.py": "what stops the start",
    "bot/serving.py": "what ends the program",
    "bot/config.py": "what stops the start",
    "bot/doctor.py": "the command line",
    "bot/cli": "the command line",
    "bot/maintenance/checkup.py": "what the doctor says",
    "bot/observability": "metrics' help",
    "bot/providers": "vendors' answers, for the log",
    "bot/storage": "SQL, and what stops the start",
}
OTHERWISE = {
    "bot/drawing": "SVG, and names of fonts",
    "bot/models/provenance.py": "XMP",
    "bot/legal": "the operator's policies, served as HTML",
    "bot/generation/steps.py": "instructions that are sent to the model",
    "bot/blocklist/patterns.py": "prompts that no pattern may hit",
    "bot/privacy/service.py": "keys and values of a JSON file",
}


def strings(tree: ast.AST) -> Iterator[tuple[ast.Constant, list[ast.AST]]]:
    """Every string that a program uses, with what it stands in, outermost first."""

    def walk(node: ast.AST, above: list[ast.AST]) -> Iterator[tuple[ast.Constant, list[ast.AST]]]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, above
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        for child in ast.iter_child_nodes(node):
            yield from walk(child, [*above, node])

    yield from walk(tree, [])


def name_of(call: ast.AST) -> str:
    """What is called, as it is written."""
    return ast.unparse(call.func) if isinstance(call, ast.Call) else ""


def is_looked_up(above: list[ast.AST]) -> bool:
    return any(name_of(one) in LOOKED_UP for one in above)


def is_passed_over(above: list[ast.AST]) -> bool:
    names = [name_of(one) for one in above]
    return any(one.lower().startswith(("_log.", "re.compile", "literal[")) or ERRORS.search(one) for one in names)


def is_label(node: ast.Constant, above: list[ast.AST]) -> bool:
    holder = above[-1]
    return (
        isinstance(holder, ast.keyword) and holder.arg in LABELS and re.search(r"[^\W\d_]{2,}", node.value) is not None
    )


def read(file: Path) -> tuple[str, ast.AST]:
    return str(file.relative_to(ROOT)), ast.parse(file.read_text())


def exempt(name: str, places: dict[str, str]) -> bool:
    return any(name == place or name.startswith(f"{place}/") for place in places)


@pytest.mark.parametrize("file", FACE, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_people_read_is_looked_up(file: Path) -> None:
    name, tree = read(file)
    found = [
        f"{name}:{node.lineno}: {node.value!r}"
        for node, above in strings(tree)
        if (PHRASE.search(node.value) or is_label(node, above))
        and not is_looked_up(above)
        and not is_passed_over(above)
    ]
    assert found == []


@pytest.mark.parametrize("file", FACE, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_is_looked_up_before_somebody_reads(file: Path) -> None:
    """Outside a function there is no reader yet: what stands there is only marked."""
    name, tree = read(file)
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    early = [
        f"{name}:{node.lineno}: {node.value!r}"
        for node, above in strings(tree)
        if any(name_of(one) in {"_", "ngettext"} for one in above)
        and not any(isinstance(one, functions) for one in above)
    ]
    assert early == []


@pytest.mark.parametrize("file", FACE, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_looked_up_is_a_whole_literal(file: Path) -> None:
    name, tree = read(file)
    torn = [
        f"{name}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and name_of(node) in {"N_", "ngettext"}
        and not all(isinstance(one, ast.Constant) for one in node.args[: 1 if name_of(node) == "N_" else 2])
    ]
    torn += [
        f"{name}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node) == "_" and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert torn == []


@pytest.mark.parametrize("file", FACE, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_looked_up_stands_where_the_extraction_sees_it(file: Path) -> None:
    """Within an f-string it does not, so the sentence would be in no catalogue."""
    name, tree = read(file)
    hidden = [
        f"{name}:{node.lineno}: {node.value!r}"
        for node, above in strings(tree)
        if is_looked_up(above)
        and any(isinstance(one, ast.JoinedStr) for one in above[: next(map(above.index, filter(_looks_up, above)))])
    ]
    assert hidden == []


def _looks_up(node: ast.AST) -> bool:
    return name_of(node) in LOOKED_UP


@pytest.mark.parametrize("file", BELOW, ids=lambda file: str(file.relative_to(ROOT)))
def test_below_the_face_there_is_neither_sentence_nor_markup(file: Path) -> None:
    name, tree = read(file)
    if exempt(name, FOR_OPERATORS) or exempt(name, OTHERWISE):
        return
    found = [
        f"{name}:{node.lineno}: {node.value!r}"
        for node, above in strings(tree)
        if (PHRASE.search(node.value) or MARKUP.search(node.value)) and not is_passed_over(above)
    ]
    assert found == []


def test_every_place_that_is_passed_over_still_exists() -> None:
    assert [place for place in {**FOR_OPERATORS, **OTHERWISE} if not (ROOT / place).exists()] == []


@pytest.mark.parametrize(
    "line",
    [
        'raise NotNow("This is already finished.")',
        'x = f"Only {owner} and the moderators can do this."',
        'x = "They have nothing waiting or running here."',
        'x = f"<@{member}>"',
        'x = f"until <t:{at}:f>"',
    ],
)
def test_the_scan_would_find(line: str) -> None:
    found = [node.value for node, _above in strings(ast.parse(line))]
    assert any(PHRASE.search(one) or MARKUP.search(one) for one in found)
