"""Behind the scenes as one sees it, and what the page says of times and escaped signs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, expect

from playground import LoopbackDiscord
from playground.behind import Behind
from tests.support.bot import RunningBot, running_bot
from tests.support.browsing import Visit

HOUR = 3600


class Scene:
    """A playground whose clock and panel the test moves by itself."""

    bot: RunningBot

    def __init__(self) -> None:
        self.ahead = 0
        self.behind = Behind()
        self.behind.switches["hour"] = self._later
        self.discord = LoopbackDiscord(page=True, limits=False, behind=self.behind, clock=self.clock)

    def clock(self) -> float:
        return time.time() + self.ahead

    def guilds_language(self) -> str:
        """What the bot knows of the server's language."""
        guild = self.bot.app.client.get_guild(self.discord.guild.id)
        return str(guild and guild.preferred_locale)

    async def _later(self, _: object) -> str:
        self.ahead += HOUR
        return ""


@pytest_asyncio.fixture(loop_scope="session")
async def scene(tmp_path: Path) -> AsyncGenerator[Scene]:
    scene = Scene()
    async with running_bot(tmp_path, server=scene.discord) as scene.bot:
        yield scene


async def test_the_panel_opens_at_its_newest_line_and_follows_until_one_scrolls_up(
    browser: Browser, scene: Scene
) -> None:
    def tell(number: int) -> None:
        scene.behind.tell("booking", {"what": f"line {number}", "credits": "1", "member": None, "code": None})

    for number in range(100):
        tell(number)
    async with AsyncExitStack() as stack:
        page = await Visit(browser, scene.discord.url, stack)()
        lines = page.locator("#behind .told li")
        await expect(lines).to_have_count(100)
        await page.locator("#behind-toggle").click()
        await expect(lines.last).to_be_in_viewport()
        tell(100)
        await expect(page.locator("#behind .told li", has_text="line 100")).to_be_in_viewport()
        await lines.first.scroll_into_view_if_needed()
        tell(101)
        await expect(lines).to_have_count(102)
        await expect(lines.first).to_be_in_viewport()


async def test_refusals_are_counted_on_the_button_until_somebody_has_looked(browser: Browser, scene: Scene) -> None:
    async with AsyncExitStack() as stack:
        page = await Visit(browser, scene.discord.url, stack)()
        button = page.locator("#behind-toggle")
        scene.behind.tell("refused", {"what": "POST /x", "why": "Invalid Form Body"})
        await expect(button).to_have_text("Behind the scenes · 1 refused by Discord")
        await button.click()
        await expect(button).to_have_text("Behind the scenes")
        await page.reload()
        await expect(page.locator("#behind .told li")).to_have_count(1)
        await expect(button).to_have_text("Behind the scenes")
        scene.behind.tell("refused", {"what": "POST /x", "why": "Invalid Form Body"})
        await expect(button).to_have_text("Behind the scenes · 1 refused by Discord")


async def test_an_hour_later_the_pages_times_are_an_hour_nearer(browser: Browser, scene: Scene) -> None:
    bob = scene.discord.person(scene.discord.bob)
    bob.say(f"back <t:{int(scene.clock()) + 90 * 60}:R>")
    async with AsyncExitStack() as stack:
        visit = Visit(browser, scene.discord.url, stack)
        page, other = await visit(), await visit("mod")
        for one in (page, other):
            await expect(one.locator("#messages time.mention")).to_have_text("in 1 hour")
        await page.locator("#behind-toggle").click()
        await page.get_by_role("button", name="An hour later").click()
        for one in (page, other):
            await expect(one.locator("#messages time.mention")).to_have_text("in 30 minutes")


async def test_what_a_switch_did_is_said_for_a_while_only(browser: Browser, scene: Scene) -> None:
    async with AsyncExitStack() as stack:
        page = await Visit(browser, scene.discord.url, stack)()
        await page.clock.install()
        await page.reload()
        await page.locator("#behind-toggle").click()
        await page.get_by_role("button", name="An hour later").click()
        await expect(page.locator("#behind .did")).to_contain_text("An hour has passed")
        await page.clock.fast_forward("00:10")
        await expect(page.locator("#behind .did")).to_be_empty()


async def test_a_backslash_before_any_sign_is_not_shown(browser: Browser, scene: Scene) -> None:
    scene.discord.person(scene.discord.bob).say(r"<\@123> \@everyone https\://a.example \{x\} 50\% \n ¯\\\_")
    async with AsyncExitStack() as stack:
        page = await Visit(browser, scene.discord.url, stack)()
        text = page.locator("#messages .text")
        await expect(text).to_have_text(r"<@123> @everyone https://a.example {x} 50% \n ¯\_")
        await expect(text.locator("a, .mention")).to_have_count(0)


async def test_one_tries_languages_by_keyboard_and_the_bot_answers_in_them(browser: Browser, scene: Scene) -> None:
    async with AsyncExitStack() as stack:
        page = await Visit(browser, scene.discord.url, stack)()
        await page.get_by_label("Your language").focus()
        await page.keyboard.type("fran")
        await page.keyboard.press("Enter")
        await scene.discord.until(lambda: scene.discord.alice.locale == "fr")
        reply = await (await scene.discord.person(scene.discord.alice).command("quota")).reply()
        assert "crédits" in reply.text
        await page.get_by_label("The server’s").select_option("ja")
        await scene.discord.until(lambda: scene.discord.guild.locale == "ja")
        async with asyncio.timeout(30):
            while scene.guilds_language() != "ja":  # noqa: ASYNC110 - nothing tells when the bot has read it
                await asyncio.sleep(0.01)
