"""Opening the playground's page in a browser, for the tests that look at it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any, Literal

from axe_playwright_python.async_playwright import Axe  # pyright: ignore[reportMissingTypeStubs]
from playwright.async_api import Browser, ConsoleMessage, Page, expect

_PATIENCE_MS = 30_000
expect.set_options(timeout=_PATIENCE_MS)


class Visit:
    """Opens pages, and collects what goes wrong on them."""

    def __init__(self, browser: Browser, url: str, stack: AsyncExitStack) -> None:
        self.errors: list[str] = []
        self._browser = browser
        self._url = url
        self._stack = stack

    async def __call__(
        self,
        name: str = "alice",
        *,
        width: int = 1280,
        height: int = 800,
        scheme: Literal["dark", "light"] = "dark",
        touch: bool = False,
        zone: str | None = None,
    ) -> Page:
        """The page as one person sees it, with its messages drawn."""
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            has_touch=touch,
            timezone_id=zone,
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        self._stack.push_async_callback(context.close)
        context.set_default_timeout(_PATIENCE_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._heard)
        await page.goto(f"{self._url}/?as={name}")
        await page.locator("#status.online").wait_for()
        await page.locator("#messages > [data-message-id], #empty:not([hidden])").first.wait_for()
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)


async def serious(page: Page) -> list[str]:
    """What axe-core finds serious or critical on a page as it is now: the rule, and where."""
    axe: Any = Axe()
    found: list[dict[str, Any]] = (await axe.run(page)).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]
