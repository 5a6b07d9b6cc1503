"""The page of somebody whose Discord speaks another language."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.support.bot import RunningBot
from tests.support.browsing import Visit


async def speak(page: Page, locale: str, imagine: str) -> None:
    """Choose a language in an empty channel, and wait until the page knows what commands are called in it."""
    await page.get_by_label("Your language").select_option(locale)
    await expect(page.get_by_text(f"Type /{imagine} and")).to_be_visible()


@pytest.mark.parametrize("typed", ["/bild", "/imagine"])
async def test_commands_are_found_by_their_translated_and_by_their_english_names(
    home: RunningBot, visit: Visit, typed: str
) -> None:
    page = await visit()
    await speak(page, "de", "bild")
    await page.locator("#composer textarea").press_sequentially(typed)
    await expect(page.locator(".menu [role=option] b").first).to_have_text("/bild")
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer .cmd")).to_have_text("/bild")
    await page.keyboard.type("ein roter Drachen")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages")).to_contain_text("ein roter Drachen")


async def test_a_whole_line_may_name_command_and_options_in_ones_language(home: RunningBot, visit: Visit) -> None:
    page = await visit()
    await speak(page, "ja", "画像生成")
    await page.locator("#composer textarea").fill("/画像生成 a red kite")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages")).to_contain_text("a red kite")


async def test_times_and_dates_are_in_the_chosen_language_and_change_with_it(home: RunningBot, visit: Visit) -> None:
    bob = home.discord.person(home.discord.bob)
    bob.say(f"since <t:0:D>, back <t:{int(home.discord.world.clock()) + 90 * 60}:R>")
    page = await visit(zone="Europe/Berlin")
    words, head = page.locator("#messages .text"), page.locator("#messages .head time")
    await expect(words).to_have_text("since January 1, 1970, back in 1 hour")
    await expect(head).to_contain_text("Today at ")
    await page.get_by_label("Your language").select_option("de")
    await expect(words).to_have_text("since 1. Januar 1970, back in 1 Stunde")
    await expect(head).to_contain_text("Heute ")
    await page.reload()
    await expect(words).to_have_text("since 1. Januar 1970, back in 1 Stunde")


async def test_languages_that_the_bot_speaks_come_first_and_none_is_cut_off(visit: Visit) -> None:
    page = await visit()
    mine = page.get_by_label("Your language")
    translated, others = mine.locator("optgroup").nth(0), mine.locator("optgroup").nth(1)
    await expect(translated).to_have_attribute("label", "Translated")
    await expect(translated.locator("option[value=de]")).to_be_attached()
    await expect(translated.locator("option[value=en-US]")).to_be_attached()
    await expect(others.locator("option[value=fi]")).to_be_attached()
    await expect(mine).to_have_value("en-US")
    assert await mine.evaluate("node => node.scrollWidth <= node.clientWidth")
