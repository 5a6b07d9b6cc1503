"""Records `docs/film.webp` from the running bot in its playground: `python -m docs.tools.film`, or `make film`.

People act by themselves on the loopback Discord; Debian's Chromium watches the playground's page. Each picture that
matters is kept for as long as it takes to read, under a line that says what happens.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from playwright.async_api import Page, async_playwright

from painter import paint
from painter.caption import strip_height
from playground.attachments import Upload
from playground.model import Channel, Message, User
from playground.server import LoopbackDiscord
from tests.support.bot import RunningBot, bot_on, settings_for

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "film.webp"
PAGE = {"width": 1140, "height": 740}
WIDTH, HEIGHT, BAR = 960, 623, 44
MOST_BYTES = 2_000_000
_FONT = ROOT / "bot" / "drawing" / "typeface" / "NotoSans-Regular.ttf"
_BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_SETTLED = """async () => {
    const scroll = document.querySelector("#scroll");
    const drawn = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const shown = one => one.getBoundingClientRect().bottom > 0 && one.getBoundingClientRect().top < innerHeight;
    for (let round = 0; round < 2; round++) {  // a picture that arrives moves the end
        scroll.scrollTop = scroll.scrollHeight;
        await drawn();
        const loading = [...document.images].filter(one => shown(one) && !one.complete);
        await Promise.all(loading.map(one => new Promise(done => one.onload = one.onerror = done)));
    }
    scroll.scrollTop = scroll.scrollHeight;
    await drawn();
}"""


@dataclass
class Film:
    """What was seen, and for how long each is shown."""

    page: Page
    frames: list[Image.Image] = field(default_factory=list[Image.Image])
    milliseconds: list[int] = field(default_factory=list[int])
    line: str = ""

    async def shows(self, seconds: float) -> None:
        """Keep what the page shows now."""
        await self.page.evaluate(_SETTLED)
        whole = Image.new("RGB", (WIDTH, HEIGHT + BAR), "#14171c")
        seen = Image.open(io.BytesIO(await self.page.screenshot()))
        whole.paste(seen.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), (0, BAR))
        font = ImageFont.truetype(str(_FONT), 20)
        ImageDraw.Draw(whole).text((20, BAR / 2), self.line, font=font, fill="#eceff4", anchor="lm")
        self.frames.append(whole)
        self.milliseconds.append(int(seconds * 1000))

    def write(self) -> None:
        """Put the film into its file, at the best quality that fits."""
        for quality in (80, 70, 60, 50, 40, 30):
            first, *rest = self.frames
            first.save(
                FILE, save_all=True, append_images=rest, duration=self.milliseconds, loop=0, quality=quality, method=6
            )
            if FILE.stat().st_size <= MOST_BYTES:
                break
        seconds, size = sum(self.milliseconds) / 1000, FILE.stat().st_size
        print(f"{FILE.name}: {len(self.frames)} frames, {seconds:.0f} s, {size:,} bytes")


async def record(home: RunningBot, film: Film) -> None:
    """Photograph, edit, thread, tree."""
    server, page = home.discord, film.page
    alice, bob, morgan = (server.person(one) for one in (server.alice, server.bob, server.moderator))
    film.line = "1   Alice shows a picture of her own"
    photograph = alice.say("Our lighthouse, this morning", files=[Upload("lighthouse.jpg", _photograph())])
    await _seen(page, photograph)
    await film.shows(2.5)

    film.line = "2   Bob replies with a change: that is all"
    answer = bob.say(f"<@{server.bot_id}> make it night", reply_to=photograph)
    await _seen(page, answer)
    await film.shows(1.2)
    edit = await server.until(lambda: _newest(server.channel, server.world.bot))
    await _seen(page, edit)
    await film.shows(1.2)
    await home.finished(edit)
    await home.at_rest()
    await film.shows(3.5)

    film.line = "3   A thread to go on in together"
    card = await (await bob.click(edit, "More")).private()
    await (await bob.click(card, "Thread")).acknowledged()
    thread: Channel = await server.until(lambda: edit.thread)
    head = await server.until(lambda: next((one for one in thread.messages.values() if one.pictures), None))
    await page.locator(f'[data-thread="{thread.id}"]').first.click()
    await _seen(page, head)
    await film.shows(2.5)
    first: Message | None = None
    for person, words in (
        (bob, "add a red balloon"),
        (morgan, "add a sailing boat"),
        (alice, "make it winter, with snow"),
    ):
        # The last one goes on from the first, by a reply to it: the family branches.
        said = person.say(f"<@{server.bot_id}> {words}", channel=thread, reply_to=first if person is alice else None)
        await _seen(page, said)
        await film.shows(1.0)
        made = await server.until(lambda said=said: _newest(thread, server.world.bot, after=said))
        await _seen(page, made)
        await film.shows(0.7)
        await home.finished(made)
        await home.at_rest()
        await film.shows(2.2)
        first = first or made

    film.line = "4   The family tree: who did what"
    asking = await alice.command("lineage", channel=thread)
    tree = await asking.reply()
    await server.until(lambda: tree.pictures)
    await _seen(page, tree)
    await film.shows(2.0)
    await page.locator(f'[data-message-id="{tree.id}"] img').last.click()
    await page.wait_for_timeout(400)
    await film.shows(4.5)


def _photograph() -> bytes:
    """Nobody's photograph: painted, without the line that says so."""
    painted = Image.open(io.BytesIO(paint("a lighthouse by the sea, dawn", 11, "3:2", "png", fine=True)))
    file = io.BytesIO()
    painted.crop((0, 0, painted.width, painted.height - strip_height(painted.size))).save(file, "JPEG", quality=90)
    return file.getvalue()


def _newest(channel: Channel, author: User, after: Message | None = None) -> Message | None:
    found = [one for one in channel.messages.values() if one.author is author and (after is None or one.id > after.id)]
    return found[-1] if found else None


async def _seen(page: Page, message: Message) -> None:
    """Wait until the page shows a message."""
    await page.wait_for_selector(f'[data-message-id="{message.id}"]')


@asynccontextmanager
async def _stage() -> AsyncGenerator[tuple[RunningBot, Film]]:
    """The bot on a loopback Discord, and a browser that looks at it as Alice."""
    chromium: Any = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder:
        async with LoopbackDiscord(port=0, page=True, limits=False) as server, async_playwright() as playwright:
            settings = settings_for(Path(folder), server, sandbox_seconds=1.0)
            async with bot_on(server, settings, seed=7) as app:
                browser = await playwright.chromium.launch(executable_path=chromium, args=_BROWSER)
                page = await browser.new_page(
                    viewport={"width": PAGE["width"], "height": PAGE["height"]}, color_scheme="dark"
                )
                await page.goto(str(server.url))
                await page.get_by_role("radio", name="Alice").click()
                yield RunningBot(server, app, settings), Film(page)
                await browser.close()


async def main() -> None:
    """Record and write."""
    async with _stage() as (home, film):
        await record(home, film)
    film.write()


if __name__ == "__main__":
    asyncio.run(main())
