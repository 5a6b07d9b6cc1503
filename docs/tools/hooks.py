"""What MkDocs does beside its usual work: pages from elsewhere, links out of `docs/`, drawings, and a last look.

Runs in the documentation's own environment, where the bot is not installed.
"""

from __future__ import annotations

import logging
import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parents[2]))
from docs.tools.drawings import drawing_of  # this file is loaded by its path

ROOT = Path(__file__).parents[2]
LOG = logging.getLogger("mkdocs.hooks")

ELSEWHERE = {
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "tests/README.md": "tests.md",
    "bot/legal/privacy.html": "legal/privacy.md",
    "bot/legal/terms.html": "legal/terms.md",
}
"""Pages that stand outside `docs/`, and what they are called in the site."""
_LEGAL = "*What the bot serves; [how to fill it in and change it](../../docs/operations/legal.md).*"
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^( *)(```+)(\w*).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
_OUTSIDE = re.compile(
    r"<(?:script|img|iframe|source|video)\b[^>]*\bsrc=[\"']?(?:https?:)?//|<link\b[^>]*stylesheet[^>]*//\S"
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the root, and the policies that the bot serves."""
    for source, page in ELSEWHERE.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, page, content=_legal(text) if source.endswith(".html") else text))
    return files


def _legal(text: str) -> str:
    """A page that the bot serves, with its blanks shown as such."""
    title, text = re.findall(r"<h1>(.*?)</h1>(.*)", text, re.DOTALL)[0]
    text = re.sub(r"\$(\w+)", r"<code>$\1</code>", text.replace('href="privacy"', 'href="privacy.html"'))
    return f"# {title}\n\n{_LEGAL}\n\n{text}"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Draw the diagrams, and let links lead to where their files are in the site."""
    name = page.file.src_uri
    source = next((old for old, new in ELSEWHERE.items() if new == name), f"docs/{name}")
    parts, last = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [_linked(markdown[last : fence.start()], source, name), _fenced(fence, name)]
        last = fence.end()
    return "".join([*parts, _linked(markdown[last:], source, name)]).replace("<details>", '<details markdown="1">')


def _fenced(fence: re.Match[str], name: str) -> str:
    if fence[3] != "mermaid":
        return fence[0]
    diagram = fence[0].split("\n", 1)[1].rsplit("\n", 1)[0]
    file = f"diagrams/{drawing_of(diagram)}"
    if not (ROOT / "docs" / file).exists():
        LOG.warning("%s: a diagram has no drawing: run `make diagrams`", name)
    return (
        f"![A diagram; its text stands in the page's source]({posixpath.relpath(file, posixpath.dirname(name) or '.')})"
        + "{ .diagram }"
    )


def _linked(text: str, source: str, name: str) -> str:
    """Links as they have to be in the site; where a file is no page of it, its name alone stays."""

    def link(found: re.Match[str]) -> str:
        mark, words, target = found.groups()
        if re.match(r"[a-z]+:|#", target):
            return found[0]
        path, _, anchor = target.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if path == "README.md":
            path = "docs/index.md"
        inside = ELSEWHERE.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else None)
        if inside is None:
            return words
        here = posixpath.relpath(inside, posixpath.dirname(name) or ".")
        return f"{mark}[{words}]({here}{'#' + anchor if anchor else ''})"

    return _LINK.sub(link, text)


def on_post_build(config: MkDocsConfig) -> None:
    """Nothing is loaded from elsewhere."""
    site = Path(config.site_dir)
    for file in site.rglob("*.html"):
        for found in _OUTSIDE.findall(file.read_text("utf-8")):
            LOG.warning("%s loads something from elsewhere: %s", file.relative_to(site), found[:80])
    for file in site.rglob("*.css"):
        if re.search(r"@import[^;]*//|url\([\"']?(https?:)?//", file.read_text("utf-8")):
            LOG.warning("%s loads something from elsewhere", file.relative_to(site))


def on_nav(nav: Any, config: MkDocsConfig, files: Files) -> None:
    """No page without a link to it."""
    linked = {page.file.src_uri for page in nav.pages}
    for file in files.documentation_pages():
        if file.src_uri not in linked:
            LOG.warning("%s is in no menu", file.src_uri)
