"""The newcomer's tour in a real browser: a picture, a thread of two people, a moderator's change of rules."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.support.bot import RunningBot
from tests.support.browsing import Visit
from tests.support.hands import Keyboard, Mouse


def message_in(page: Page, pane: str, words: str) -> Locator:
    """The newest message of a pane that holds these words."""
    return page.locator(f"#{pane} > [data-message-id]", has_text=words).last


@pytest.mark.parametrize("hands", [Mouse, Keyboard])
async def test_a_newcomers_way_from_a_first_picture_to_a_thread_and_changed_rules(
    home: RunningBot, visit: Visit, hands: type[Mouse]
) -> None:
    alice = hands(await visit("alice"))
    await alice.command("imagine", "a red kite over the sea")
    first = message_in(alice.page, "messages", "a red kite over the sea")
    await expect(first.locator(".picture")).to_have_count(1)

    await alice.press_under(first, "More")
    await alice.press_under(message_in(alice.page, "messages", "More for"), "Thread")
    await alice.press(alice.page.locator("#channels .threads button").first)
    await expect(message_in(alice.page, "thread-messages", "current picture")).to_be_attached()

    bob = hands(await visit("bob"))
    await bob.press(bob.page.locator("#channels .threads button").first)
    await bob.write(bob.page.locator("#thread-composer textarea"), "@Atelier make it night")
    await bob.page.keyboard.press("Enter")
    step = message_in(bob.page, "thread-messages", "remixed from")
    await expect(step.locator(".picture").first).to_be_attached()

    await expect(message_in(alice.page, "thread-messages", "remixed from")).to_contain_text("make it night")
    await home.at_rest()
    await alice.press_under(message_in(alice.page, "thread-messages", "AI-generated"), "Remix")
    await alice.write(alice.page.locator("#modal textarea").first, "add a red balloon")
    await alice.press(alice.page.locator("#modal .send"))
    await expect(message_in(bob.page, "thread-messages", "AI-generated")).to_contain_text("add a red balloon")
    await home.at_rest()
    assert await home.count("jobs", "state='done'") == 3

    morgan = hands(await visit("mod"))
    await morgan.command("settings show")
    panel = message_in(morgan.page, "messages", "Credits for a member")
    await morgan.choose_under(panel, "Credits for a member")
    await morgan.write(morgan.page.locator("#modal input").first, "5")
    await morgan.press(morgan.page.locator("#modal .send"))
    await expect(panel).to_contain_text("5 in any 24 hours")

    await alice.command("quota")
    await expect(message_in(alice.page, "messages", "credits left")).to_contain_text("of 5 credits left")
    assert await home.books() == []
