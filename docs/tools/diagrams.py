"""Draws the diagrams of the pages: `python -m docs.tools.diagrams`, or `make diagrams`.

The pages hold diagrams as Mermaid text, which GitHub draws by itself. For the site each is drawn once, by Mermaid (from
npm) in Debian's Chromium, into `docs/diagrams/`, so that the pages need no script and nothing from elsewhere.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from docs.tools.drawings import FENCE, drawing_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "diagrams"
MERMAID = "11.17.2"
_THEME = "{startOnLoad: false, theme: 'neutral', fontFamily: 'sans-serif'}"


_DRAW = """async text => {
    document.body.innerHTML = (await mermaid.render("diagram", text)).svg;
    return new XMLSerializer().serializeToString(document.querySelector("svg"));  // a file of its own has to be XML
}"""


def diagrams() -> dict[str, str]:
    """Every diagram of the pages, by the name of its drawing."""
    texts = [file.read_text("utf-8") for file in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]]
    found = [fence[2] for text in texts for fence in FENCE.finditer(text) if fence[1] == "mermaid"]
    return {drawing_of(one): one for one in found}


def draw(missing: dict[str, str]) -> None:
    """Draw these."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        subprocess.run(
            ["npm", "pack", "--silent", f"mermaid@{MERMAID}"], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        with tarfile.open(f"{folder}/mermaid-{MERMAID}.tgz") as archive:
            archive.extract("package/dist/mermaid.min.js", folder, filter="data")
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page()
        page.set_content("<body></body>")
        page.add_script_tag(path=f"{folder}/package/dist/mermaid.min.js")
        page.evaluate(f"mermaid.initialize({_THEME})")
        for name, text in missing.items():
            svg = page.evaluate(_DRAW, text)
            (FOLDER / name).write_text(svg + "\n", "utf-8")
            print(f"docs/diagrams/{name}")
        browser.close()


def main() -> None:
    """Draw what is missing, and delete what no page shows."""
    FOLDER.mkdir(exist_ok=True)
    wanted = diagrams()
    for file in FOLDER.glob("*.svg"):
        if file.name not in wanted:
            file.unlink()
    missing = {name: text for name, text in wanted.items() if not (FOLDER / name).exists()}
    if missing:
        draw(missing)


if __name__ == "__main__":
    main()
