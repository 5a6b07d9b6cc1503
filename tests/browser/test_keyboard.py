"""The page by keyboard alone: the composer, selects, messages, pictures, menus."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from playground.messages import Message
from playground.world import Event
from tests.support.bot import RunningBot
from tests.support.browsing import Visit


async def picture(home: RunningBot, **options: Any) -> Message:
    discord = home.discord
    asking = await discord.person(discord.alice).command("imagine", prompt="a red kite", **options)
    return await home.finished(await asking.reply())


async def focus(page: Page, message: Message) -> None:
    await page.evaluate(f"document.querySelector('[data-message-id=\"{message.id}\"]').focus()")


async def test_a_picture_is_ordered_without_a_mouse(home: RunningBot, visit: Visit) -> None:
    page = await visit()
    await page.keyboard.press("/")
    await page.keyboard.type("imagine")
    await page.keyboard.press("Enter")
    await page.keyboard.type("a red kite")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages .picture")).to_have_count(1)
    assert [one.pictures != [] for one in home.discord.messages()] == [True]
    await expect(page.locator("#composer textarea")).to_be_focused()


async def test_the_skip_link_comes_first_and_leads_to_the_composer(visit: Visit) -> None:
    page = await visit()
    await page.keyboard.press("Tab")
    await expect(page.locator("#skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer textarea")).to_be_focused()


async def test_arrow_keys_in_a_select_order_nothing_and_enter_does(home: RunningBot, visit: Visit) -> None:
    discord = home.discord
    select = {
        "type": 3,
        "custom_id": "x",
        "options": [{"label": one, "value": one} for one in ("calm", "wild", "wide")],
    }
    body = {"flags": 1 << 15, "components": [{"type": 1, "components": [select]}]}
    message = discord.messages_of_world.create(discord.channel, discord.world.bot, body)
    page = await visit()
    found = chosen(home)
    trigger = page.locator("#messages .select")
    await trigger.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "End"):
        await page.keyboard.press(key)
    await expect(page.locator(".options .here")).to_have_text("wide")
    await page.keyboard.press("Escape")
    await expect(trigger).to_have_attribute("aria-expanded", "false")
    assert found == []
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await discord.until(lambda: found)
    assert found == [["wild"]]
    assert message.deleted is False


def chosen(home: RunningBot) -> list[list[str]]:
    """What is chosen in selects from now on, as the bot is told of it."""
    found: list[list[str]] = []

    def heard(event: Event) -> None:
        if event.name == "INTERACTION_CREATE" and "values" in event.subject.data:
            found.append(event.subject.data["values"])

    home.discord.world.subscribe(heard)
    return found


async def test_several_people_are_chosen_by_space_and_sent_by_done(home: RunningBot, visit: Visit) -> None:
    discord = home.discord
    select = {"type": 5, "custom_id": "x", "min_values": 1, "max_values": 2}
    body = {"flags": 1 << 15, "components": [{"type": 1, "components": [select]}]}
    discord.messages_of_world.create(discord.channel, discord.world.bot, body)
    page = await visit()
    found = chosen(home)
    await page.locator("#messages .select").focus()
    for key in ("Enter", "ArrowDown", "Space", "ArrowDown", "Space"):
        await page.keyboard.press(key)
    assert found == []
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await discord.until(lambda: found)
    assert found == [[str(discord.alice.id), str(discord.bob.id)]]


async def test_all_messages_are_one_tab_stop_and_arrows_lead_from_one_to_the_next(
    home: RunningBot, visit: Visit
) -> None:
    message = await picture(home)
    second = home.discord.person(home.discord.bob).say("Fine!")
    page = await visit()
    stops = "#messages :is(button, a, [tabindex]):not([tabindex='-1']):not(:disabled)"
    reachable = await page.locator(stops).evaluate_all(
        "all => all.map(one => one.closest('[data-message-id]').dataset.messageId)"
    )
    assert set(reachable) == {str(second.id)}
    await focus(page, second)
    await page.keyboard.press("ArrowUp")
    await expect(page.locator(f"[data-message-id='{message.id}']")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(f"[data-message-id='{message.id}'] .picture")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(f"[data-message-id='{message.id}']")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#composer textarea")).to_be_focused()


async def test_a_picture_is_enlarged_the_next_one_shown_and_the_focus_comes_back(
    home: RunningBot, visit: Visit
) -> None:
    await picture(home, count=2)
    page = await visit()
    pictures = page.locator("#messages .picture")
    await pictures.first.focus()
    await page.keyboard.press("Enter")
    counter = page.locator("#lightbox .counter")
    await expect(counter).to_have_text("1 of 2")
    await page.keyboard.press("ArrowRight")
    await expect(counter).to_have_text("2 of 2")
    await page.keyboard.press("Escape")
    await expect(page.locator("#lightbox")).to_be_hidden()
    await expect(pictures.nth(1)).to_be_focused()


async def test_the_menu_of_a_message_opens_by_shift_f10_with_the_bots_commands(home: RunningBot, visit: Visit) -> None:
    message = await picture(home)
    page = await visit()
    await focus(page, message)
    await page.keyboard.press("Shift+F10")
    await expect(page.get_by_role("menuitem", name="Reply")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("menuitem", name="Edit image")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#modal[open]")).to_be_visible()


async def test_the_fault_beside_a_field_goes_when_it_is_mended(home: RunningBot, visit: Visit) -> None:
    await picture(home)
    page = await visit()
    await page.locator("#messages .press", has_text="Remix").first.click()
    words = page.locator("#modal textarea").first
    await words.fill("")
    await page.keyboard.press("Control+Home")
    await page.locator("#modal .send").click()
    fault = page.locator("#modal .field .trouble:not([hidden])")
    await expect(fault).to_have_count(1)
    await words.fill("make it night")
    await expect(fault).to_have_count(0)
