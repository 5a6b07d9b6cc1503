"""Pictures of every message, state, language, theme and width, from the running bot: `make gallery`.

People act by themselves on the loopback Discord; Debian's Chromium shows the playground's page to each of them in both
themes and at two widths. The pictures and an index of them go to `build/gallery/`; those that the documentation shows
are written anew to `docs/`, so that none of them shows an older product.
"""

from __future__ import annotations

import asyncio
import html
import io
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.async_api import Browser, Locator, Page, async_playwright

from bot.models import language_of
from bot.ui.words import speak
from docs.tools.gallery_scenes import SCENES
from playground.model import Channel, Message
from playground.server import LoopbackDiscord
from tests.support.bot import RunningBot, bot_on, settings_for

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "gallery"
LOCALES = ROOT / "bot" / "ui" / "words" / "locales"
ENGLISH = "en-US"
IN_DOCS = {"imagine", "remix form", "more", "variation", "thread", "lineage", "settings", "usage"}
"""Which of the pictures (English, dark, desktop) stand in `docs/` under their names."""
_DOCS_BYTES = 200_000
_WIDTHS = {"desktop": (1100, 1700), "phone": (390, 1700)}
"""Pixels; high enough for the longest message, as what does not fit would be covered by the composer."""
_THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
_BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_SETTLED = """async (at) => {
    at.scrollIntoView({ block: "center" });
    const loading = [...at.querySelectorAll("img")].filter(one => !one.complete);
    await Promise.all(loading.map(one => new Promise(done => one.onload = one.onerror = done)));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


@dataclass
class Gallery:
    """The pages that look at one bot, and what they have seen."""

    home: RunningBot
    browser: Browser
    language: str
    taken: list[Path] = field(default_factory=list[Path])
    _pages: dict[tuple[str, str, str], Page] = field(default_factory=dict[tuple[str, str, str], Page])
    _at: dict[tuple[str, str, str], int] = field(default_factory=dict[tuple[str, str, str], int])

    async def open(self) -> None:
        """Open the pages before anything happens: what is for one person alone is gone when a page is loaded again."""
        for who in ("alice", "bob", "mod"):
            await self._views(who, None)

    async def shows(self, name: str, message: Message, who: str = "alice", channel: Channel | None = None) -> None:
        """Keep what somebody sees of a message, on each page."""
        for theme, width, page in await self._views(who, channel):
            await self._keep(name, theme, width, page.locator(f'[data-message-id="{message.id}"]').last)

    async def form(self, name: str, message: Message, label: str, who: str = "alice") -> None:
        """Keep the form that a button, or the first choice of a select, opens."""
        for theme, width, page in await self._views(who, None):
            at = page.locator(f'[data-message-id="{message.id}"]')
            await at.get_by_role("button", name=label, exact=True).first.click()
            await self._keep(name, theme, width, page.locator("#modal[open]"))
            await page.keyboard.press("Escape")
            await page.locator("#modal[open]").wait_for(state="hidden")

    async def rule(self, name: str, panel: Message, rule: int) -> None:
        """Keep the form that a choice in the rules' panel opens."""
        for theme, width, page in await self._views("mod", None):
            await page.locator(f'[data-message-id="{panel.id}"] .select').click()
            await page.locator(".options:popover-open").get_by_role("option").nth(rule).click()
            await self._keep(name, theme, width, page.locator("#modal[open]"))
            await page.keyboard.press("Escape")
            await page.locator("#modal[open]").wait_for(state="hidden")

    async def _views(self, who: str, channel: Channel | None) -> list[tuple[str, str, Page]]:
        found: list[tuple[str, str, Page]] = []
        for theme in _THEMES:
            for width, (across, down) in _WIDTHS.items():
                key = who, theme, width
                if key not in self._pages:
                    page = await self.browser.new_page(
                        viewport={"width": across, "height": down},
                        color_scheme=theme,
                        reduced_motion="reduce",
                        locale=self.language,
                    )
                    await page.goto(f"{self.home.discord.url}/?as={who}")
                    await page.locator("#status.online").wait_for()
                    self._pages[key] = page
                page, wanted = self._pages[key], (channel or self.home.discord.channel).id
                if self._at.get(key, self.home.discord.channel.id) != wanted:
                    if await page.locator("#thread-close").is_visible():
                        await page.locator("#thread-close").click()
                    link = page.locator(f"#channels [data-channel='{wanted}']").first
                    await link.wait_for(state="attached")
                    await link.evaluate("one => one.click()")  # on a phone it lies behind a button
                    self._at[key] = wanted
                found.append((theme, width, page))
        return found

    async def _keep(self, name: str, theme: str, width: str, at: Locator) -> None:
        await at.wait_for()
        await at.evaluate(_SETTLED)
        file = FOLDER / f"{name.replace(' ', '-')}.{self.language}.{theme}.{width}.png"
        file.write_bytes(await at.screenshot())
        self.taken.append(file)
        if name in IN_DOCS and (self.language, theme, width) == (ENGLISH, "dark", "desktop"):
            _write_small(file, ROOT / "docs" / f"{name.replace(' ', '-')}.png")


def _write_small(source: Path, target: Path) -> None:
    """A copy with as many colours as fit into the size that a page of the documentation may load."""
    with Image.open(source) as opened:
        whole = opened.convert("RGB")
    for colours in (256, 192, 128, 96, 64, 48, 32):
        out = io.BytesIO()
        few = whole.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)
        few.save(out, "PNG", optimize=True)
        if out.tell() <= _DOCS_BYTES:
            break
    target.write_bytes(out.getvalue())
    print(f"{target.relative_to(ROOT)}: {out.tell():,} bytes")


def languages() -> list[str]:
    """English, and every one that has a catalogue, by Discord's names."""
    return [ENGLISH, *(one.parent.parent.name.replace("_", "-") for one in sorted(LOCALES.glob("*/LC_MESSAGES/*.po")))]


@asynccontextmanager
async def _stage(browser: Browser, language: str) -> AsyncGenerator[Gallery]:
    with tempfile.TemporaryDirectory() as folder:
        async with LoopbackDiscord(page=True, limits=False) as server:
            server.guild.locale = language
            for user in (server.alice, server.bob, server.moderator):
                user.locale = language
            server.context.interactions.acknowledge_seconds = 60
            settings = settings_for(Path(folder), server, sandbox_seconds=2, daily_credits=40)
            async with bot_on(server, settings, seed=7) as app:
                yield Gallery(RunningBot(server, app, settings), browser, language)


def _write_index(taken: Sequence[Path]) -> None:
    """One page with all pictures, a row a state."""
    rows: dict[str, list[Path]] = {}
    for file in taken:
        rows.setdefault(file.name.split(".")[0], []).append(file)
    parts = ["<!doctype html><meta charset=utf-8><title>Atelier's messages</title><style>body{font:16px sans-serif}"]
    parts.append("figure{display:inline-block;margin:8px;vertical-align:top}img{max-width:520px}</style>")
    for name, files in rows.items():
        parts.append(f"<h2>{html.escape(name)}</h2>")
        parts += [
            f'<figure><img loading=lazy src="{one.name}" alt=""><figcaption>{one.name}</figcaption></figure>'
            for one in files
        ]
    (FOLDER / "index.html").write_text("\n".join(parts), "utf-8")


async def main(only: Sequence[str]) -> None:
    """All languages, or those that are named."""
    chromium: Any = shutil.which("chromium") or shutil.which("chromium-browser")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    taken: list[Path] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_BROWSER)
        for language in only or languages():
            async with _stage(browser, language) as gallery:
                speak(language_of(language))  # people press what they read
                await gallery.open()
                for scene in SCENES:
                    await scene(gallery)
                    print(f"{language}: {scene.__name__}, {len(gallery.taken)} pictures so far", flush=True)
            taken += gallery.taken
        await browser.close()
    _write_index(taken)
    print(f"{len(taken)} pictures: open {(FOLDER / 'index.html').relative_to(ROOT)}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
