"""How somebody uses the playground's page in the browser tests: by mouse, or by keyboard alone."""

from __future__ import annotations

from typing import Literal

from playwright.async_api import Locator, Page, expect

_TABS = 120
"""More presses of Tab than any way through the page needs."""


class Mouse:
    """Points and clicks, and types only words."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, button: Locator) -> None:
        """A button anywhere on the page."""
        await button.click()

    async def press_under(self, message: Locator, label: str) -> None:
        """A button of a message."""
        await message.get_by_role("button", name=label, exact=True).click()

    async def write(self, field: Locator, words: str) -> None:
        """Replace what a field holds."""
        await field.click()
        await field.press("Control+A")
        await field.press_sequentially(words)

    async def choose_under(self, message: Locator, option: str) -> None:
        """An option of the only select of a message."""
        await message.locator(".select").click()
        await self.page.locator(".options:popover-open").get_by_role("option", name=option).first.click()

    async def command(self, name: str, words: str = "") -> None:
        """A command of the main composer, chosen from its list, with its first option."""
        await self.page.locator("#composer textarea").click()
        await self.page.keyboard.type(f"/{name}")
        await self.page.locator(".menu [role=option]").first.click()
        await self._send(words)

    async def _send(self, words: str) -> None:
        await self.page.keyboard.type(words)
        await self.page.keyboard.press("Enter")


class Keyboard(Mouse):
    """Has no mouse at all: whatever cannot be reached by Tab and arrows cannot be used."""

    async def reach(self, target: Locator, key: Literal["Tab", "ArrowUp", "ArrowDown"] = "Tab") -> None:
        """Press a key until the target has the focus."""
        await target.wait_for(state="attached")
        for _ in range(_TABS):
            if await target.evaluate("one => one === document.activeElement"):
                return
            await self.page.keyboard.press(key)
        raise AssertionError(f"{key} never leads to {target}")

    async def press(self, button: Locator) -> None:
        await self.reach(button)
        await self.page.keyboard.press("Enter")

    async def press_under(self, message: Locator, label: str) -> None:
        await self._enter(message)
        await self.press(message.get_by_role("button", name=label, exact=True))

    async def write(self, field: Locator, words: str) -> None:
        await self.reach(field)
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.type(words)

    async def choose_under(self, message: Locator, option: str) -> None:
        await self._enter(message)
        await self.reach(message.locator(".select"))
        await self.page.keyboard.press("Enter")
        options = self.page.locator(".options:popover-open")
        await options.wait_for()
        here = options.locator(".here")
        for _ in range(_TABS):
            if await here.count() and option in (await here.inner_text()):
                break
            await self.page.keyboard.press("ArrowDown")
        await expect(here).to_contain_text(option)
        await self.page.keyboard.press("Enter")

    async def command(self, name: str, words: str = "") -> None:
        await self.reach(self.page.locator("#composer textarea"))
        await self.page.keyboard.type(f"/{name}")
        await self.page.locator(".menu [role=option]").first.wait_for()
        await self.page.keyboard.press("Enter")
        await self._send(words)

    async def _enter(self, message: Locator) -> None:
        """Tab to the list of messages, by arrows to this one, and into it."""
        stop = message.locator("xpath=..").locator("> [data-message-id][tabindex='0']")
        await self.reach(stop)
        await self.page.keyboard.press("Home")
        await self.reach(message, "ArrowDown")
        await self.page.keyboard.press("Enter")
