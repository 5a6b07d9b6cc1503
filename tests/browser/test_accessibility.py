"""What axe-core says of the page: nothing serious, in both themes and on a phone."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import Page

from tests.support.bot import RunningBot
from tests.support.browsing import Visit, serious

THEMES = pytest.mark.parametrize("scheme", ["dark", "light"])
Scheme = Literal["dark", "light"]


async def fill(home: RunningBot) -> None:
    """A picture, talk about it, a reply, a mention, a thread, and an answer for Alice alone."""
    discord = home.discord
    alice, bob = discord.person(discord.alice), discord.person(discord.bob)
    message = await home.finished(await (await alice.command("imagine", prompt="a red kite")).reply())
    bob.say(
        f"**Fine!** `really` ||quite|| {discord.alice.mention} <t:1700000000:R> https://example.com",
        reply_to=message,
        ping=False,
    )
    bob.say("And the sky?")
    thread = discord.world.add_thread(discord.channel, "a red kite", discord.bob, from_message=message)
    bob.say("make it night", channel=thread)
    await (await alice.command("quota")).reply()


async def open_thread(page: Page) -> None:
    await page.locator("#messages .threadlink").click()
    await page.locator("#thread-messages > [data-message-id]").first.wait_for()


async def open_select(page: Page) -> None:
    select = page.locator("#modal .select").first
    await select.click()
    await page.locator(".options:popover-open").wait_for()


async def open_form(page: Page) -> None:
    await page.locator("#messages .press", has_text="Remix").first.click()
    await page.locator("#modal[open]").wait_for()


@THEMES
async def test_a_channel_a_thread_and_forms_have_no_serious_faults(
    home: RunningBot, visit: Visit, scheme: Scheme
) -> None:
    await fill(home)
    page = await visit(scheme=scheme)
    await page.locator("#messages .private").first.wait_for()
    assert await serious(page) == []
    await open_thread(page)
    assert await serious(page) == []
    await open_form(page)
    assert await serious(page) == []
    await open_select(page)
    assert await serious(page) == []


@THEMES
async def test_pictures_menus_and_commands_have_no_serious_faults(
    home: RunningBot, visit: Visit, scheme: Scheme
) -> None:
    await fill(home)
    page = await visit(scheme=scheme)
    await page.locator("#messages .picture").first.click()
    await page.locator("#lightbox[open]").wait_for()
    assert await serious(page) == []
    await page.keyboard.press("Escape")
    await page.locator("#messages > [data-message-id]").first.click(button="right")
    await page.get_by_role("menuitem", name="Apps").click()
    assert await serious(page) == []
    for _ in range(2):
        await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await page.locator(".menu [role=option]").first.wait_for()
    assert await serious(page) == []
    await page.keyboard.type("edit")
    await page.keyboard.press("Enter")
    await page.locator(".pill").first.wait_for()
    assert await serious(page) == []


@THEMES
async def test_a_phone_has_no_serious_faults_and_nothing_to_scroll_sideways(
    home: RunningBot, visit: Visit, scheme: Scheme
) -> None:
    await fill(home)
    page = await visit(scheme=scheme, width=360, height=700, touch=True)
    assert await serious(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not await page.locator("#channels").is_visible()
    await page.locator("#sides").click()
    await page.locator("#channels button.thread").wait_for()
    assert await serious(page) == []
    await page.locator("#channels button.thread").click()
    await page.locator("#thread-messages > [data-message-id]").first.wait_for()
    assert not await page.locator("#main").is_visible()
    assert await serious(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_an_empty_channel_has_no_serious_faults(visit: Visit) -> None:
    page = await visit("bob", scheme="light")
    assert await serious(page) == []
