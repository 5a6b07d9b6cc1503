"""The page of somebody whose Discord speaks another language."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.support.bot import RunningBot
from tests.support.browsing import Visit


async def speak(home: RunningBot, page: Page, locale: str) -> None:
    """Choose a language on the page, and wait until the page has it."""
    await page.get_by_label("Your language").select_option(locale)
    await home.discord.until(lambda: home.discord.alice.locale == locale)


@pytest.mark.parametrize("typed", ["/bild", "/imagine"])
async def test_commands_are_found_by_their_translated_and_by_their_english_names(
    home: RunningBot, visit: Visit, typed: str
) -> None:
    page = await visit()
    await speak(home, page, "de")
    await page.locator("#composer textarea").press_sequentially(typed)
    await expect(page.locator(".menu [role=option] b").first).to_have_text("/bild")
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer .cmd")).to_have_text("/bild")
    await page.keyboard.type("ein roter Drachen")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages")).to_contain_text("ein roter Drachen")


async def test_a_whole_line_may_name_command_and_options_in_ones_language(home: RunningBot, visit: Visit) -> None:
    page = await visit()
    await speak(home, page, "ja")
    await page.locator("#composer textarea").fill("/画像生成 a red kite")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages")).to_contain_text("a red kite")
