"""What Discord's file hosts serve: attachments at signed addresses, and its own copies of foreign pictures."""

from __future__ import annotations

from aiohttp import web

from playground import images
from playground.attachments import AttachmentStore
from playground.snowflakes import parse


class Cdn:
    """The routes of files."""

    def __init__(self, store: AttachmentStore) -> None:
        self._store = store

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/attachments/{channel}/{id}/{name}", self._attachment),
            web.get("/ephemeral-attachments/{channel}/{id}/{name}", self._attachment),
            web.get("/external/{id}/{name}", self._external),
        ]

    async def _attachment(self, request: web.Request) -> web.Response:
        found = self._store.find(request.rel_url.raw_path, request.query_string)
        if found is None:
            known = self._store.get(parse(request.match_info["id"]) or 0)
            return web.Response(status=404, text="This content is no longer available." if known else "")
        # Only pictures are shown in place: anything else on the page's own origin could speak in its name.
        if images.kind_of(found.data) is None:
            saved = {"Content-Disposition": "attachment"}
            return web.Response(body=found.data, content_type="application/octet-stream", headers=saved)
        return web.Response(body=found.data, content_type=found.content_type)

    async def _external(self, request: web.Request) -> web.Response:
        found = self._store.get(parse(request.match_info["id"]) or 0)
        if found is None or not found.external or images.kind_of(found.data) is None:
            return web.Response(status=404)
        return web.Response(body=found.data, content_type=found.content_type)
