"""The page's routes: the people to choose from, files, and one WebSocket a tab."""

from __future__ import annotations

from aiohttp import BodyPartReader, web

from playground.attachments import Upload
from playground.context import Context
from playground.gateway import Gateway
from playground.snowflakes import parse
from playground.web.tab import Tab
from playground.web.uploads import MAX_FILE, MAX_FILES, Uploads
from playground.web.views import person


class PageApi:
    """The page's routes."""

    def __init__(self, context: Context, gateway: Gateway) -> None:
        self.context = context
        self.gateway = gateway
        self.uploads = Uploads()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/play/people", self.people),
            web.get("/play/ws", self.socket),
            web.post("/play/upload", self.upload),
        ]

    async def people(self, _: web.Request) -> web.Response:
        listed = [user for user in self.context.world.users.values() if user.listed]
        return web.json_response([person(self.context, user) for user in listed])

    async def upload(self, request: web.Request) -> web.Response:
        """Take files in, all or none; a frame names them by the tokens that this gives."""
        if request.content_type != "multipart/form-data":
            raise web.HTTPUnsupportedMediaType
        files: list[Upload] = []
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.filename is None:
                continue
            data = bytearray()
            while chunk := await part.read_chunk(64 * 1024):
                data += chunk
                if len(data) > MAX_FILE:
                    raise web.HTTPRequestEntityTooLarge(MAX_FILE, len(data))
            files.append(Upload(part.filename, bytes(data), part.headers.get("Content-Type")))
            if len(files) > MAX_FILES:
                raise web.HTTPRequestEntityTooLarge(MAX_FILES, len(files), text=f"At most {MAX_FILES} files at once.")
        return web.json_response(
            [{"upload": self.uploads.keep(file), "filename": file.filename, "size": len(file.data)} for file in files]
        )

    async def socket(self, request: web.Request) -> web.StreamResponse:
        user = self.context.world.users.get(parse(request.query.get("person", "")) or 0)
        if user is None or not user.listed:
            raise web.HTTPNotFound
        ws = web.WebSocketResponse(heartbeat=30)
        try:
            await ws.prepare(request)
        except ConnectionResetError:  # the page has become somebody else before this was answered
            return web.Response(status=499)
        await Tab(self.context, self.gateway, user, ws, self.uploads).serve()
        return ws
