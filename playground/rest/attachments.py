"""The route of attachments' addresses."""

from __future__ import annotations

from playground.context import Context
from playground.rest.requests import ApiRequest
from playground.rest.routing import Route
from playground.wire import Json


async def refresh(context: Context, request: ApiRequest) -> Json:
    """Give fresh addresses for old ones."""
    urls: list[str] = request.body.get("attachment_urls") or []
    found = [{"original": url, "refreshed": context.store.refresh(url)} for url in urls]
    return {"refreshed_urls": [one for one in found if one["refreshed"]]}


ROUTES: list[Route] = [("POST", "/attachments/refresh-urls", refresh)]
