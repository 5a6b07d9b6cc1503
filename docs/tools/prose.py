"""Proofreads every page with proselint: what it finds is printed by file and line, and is an error.

Runs in the documentation's own environment, where the bot is not installed.
"""

from __future__ import annotations

import re
import sys
from itertools import count
from pathlib import Path

from proselint.checks import __register__
from proselint.config import DEFAULT
from proselint.registry import CheckRegistry
from proselint.tools import LintFile

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^( *)(```+).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
_OFF = {
    "typography.symbols.curly_quotes": False,  # straight quotes are what can be copied
    "typography.diacritical_marks": False,  # it takes "resumes", of a connection, for a letter of application
}


def prose_of(markdown: str) -> str:
    """A page's sentences, each on the line where it stands; code and addresses are replaced by words of their own."""
    number = count(1)

    def word(_: re.Match[str]) -> str:
        return f"thing{next(number)}"

    text = _FENCE.sub(lambda found: word(found) + "\n" * found[0].count("\n"), markdown)
    text = re.sub(r"<!--.*?-->", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    text = re.sub(r"`[^`\n]+`|\$\w+", word, text)
    text = re.sub(r"^#+ .*", lambda found: f"{found[0]}: {word(found)}", text, flags=re.MULTILINE)
    text = re.sub(r"^ *\d+\. ", lambda found: f"{word(found)}: ", text, flags=re.MULTILINE)
    text = re.sub(r"\]\([^)\s]+\)", "]", text)
    return re.sub(r"<[^>\n]+>", word, text)


def pages() -> list[Path]:
    """What people read: the pages in the root, in `docs/`, and the policies."""
    return sorted(
        [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bot/legal/*.html"), ROOT / "tests/README.md"]
    )


def main() -> int:
    """Print each finding; 1 if there is one."""
    CheckRegistry().register_many(__register__)
    config = {**DEFAULT, "checks": {**_OFF, **DEFAULT["checks"]}}
    found = 0
    for page in pages():
        text = prose_of(page.read_text("utf-8"))
        for one in LintFile(page.name, text).lint(config):
            found += 1
            result = one.check_result
            print(f"{page.relative_to(ROOT)}:{one.pos[0]}: {result.message} ({result.check_path})")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
