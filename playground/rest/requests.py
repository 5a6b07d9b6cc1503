"""Reading a request to the REST interface, and writing an answer as Discord writes it."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import BodyPartReader, web

from playground.attachments import MEBIBYTE, Upload
from playground.errors import ApiError, Refusal
from playground.snowflakes import parse

REQUEST_LIMIT = 25 * MEBIBYTE


class ApiRequest:
    """A request, read: its path's parts by name, its JSON and its files."""

    def __init__(self, raw: web.Request, body: Any, files: list[Upload]) -> None:
        self.raw = raw
        self.body: Any = body if body is not None else {}
        self.files = files

    def id(self, name: str) -> int:
        """A snowflake from the path."""
        return parse(self.raw.match_info[name]) or 0


async def read(request: web.Request) -> ApiRequest:
    """Read JSON, or a form of JSON and files."""
    if (request.content_length or 0) > REQUEST_LIMIT:
        raise ApiError(Refusal.TOO_LARGE)
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    raw = await request.read()
    if not raw:
        return ApiRequest(request, None, [])
    try:
        return ApiRequest(request, json.loads(raw), [])
    except ValueError:
        raise ApiError(Refusal.INVALID_JSON) from None


async def _read_multipart(request: web.Request) -> ApiRequest:
    body: Any = None
    files: dict[int, Upload] = {}
    reader = await request.multipart()
    async for part in reader:
        if not isinstance(part, BodyPartReader):
            continue
        name = part.name or ""
        data = bytes(await part.read())
        if name == "payload_json":
            body = json.loads(data)
        elif name.startswith("files[") and name.endswith("]"):
            files[int(name[6:-1])] = Upload(part.filename or "unknown", data, part.headers.get("Content-Type"))
    return ApiRequest(request, body, [files[index] for index in sorted(files)])


def answer(body: Any, status: int, headers: dict[str, str]) -> web.Response:
    """As Discord sends it: the content type without a charset, which discord.py compares whole."""
    return web.Response(
        body=json.dumps(body).encode(), status=status, headers=headers | {"Content-Type": "application/json"}
    )
