"""The pictures that stand-ins make, and the host they are fetched from."""

from __future__ import annotations

import asyncio
import io
import time
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from aiohttp import web
from PIL import Image, ImageOps

from tests.standins.faults import Fault
from tests.standins.server import LoopbackServer

COLOURS = 16
"""Pictures differ by seed modulo this many, so that painting them stays cheap."""


def paint(ratio: str, image_format: str, seed: int, edge: int = 256) -> bytes:
    """A decodable picture of about ``edge`` × ``edge`` pixels in the ratio ``"W:H"``; the same seed, the same bytes."""
    return _painted(ratio, image_format, seed % COLOURS, edge)


@lru_cache(maxsize=1024)
def _painted(ratio: str, image_format: str, colour: int, edge: int) -> bytes:
    width, height = size_of(ratio, edge)
    shade = Image.linear_gradient("L").resize((width, height))  # pyright: ignore[reportUnknownMemberType]
    picture = ImageOps.colorize(shade, (colour * 255 // COLOURS, 40, 90), (250, 230, 255 - colour * 8))
    file = io.BytesIO()
    picture.save(file, image_format.upper())
    return file.getvalue()


def size_of(ratio: str, edge: int) -> tuple[int, int]:
    """Width and height in pixels of a picture of about ``edge`` × ``edge`` in the ratio ``"W:H"``."""
    across, down = (float(part) for part in ratio.split(":"))
    scale = edge / (across * down) ** 0.5
    return max(1, round(across * scale)), max(1, round(down * scale))


def ratio_of(picture: bytes) -> str:
    """The ratio ``"W:H"`` of an encoded picture; raises ``OSError`` for anything that is none."""
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        return f"{image.width}:{image.height}"


@dataclass
class PictureServer(LoopbackServer):
    """Serves pictures at signed addresses, on another port than the API; no key has any business here."""

    lifetime: float = 600.0
    """Seconds for which an address is good."""
    _published: dict[str, tuple[bytes, str, float]] = field(default_factory=dict[str, tuple[bytes, str, float]])
    _names: count[int] = field(default_factory=lambda: count(1))

    def publish(self, picture: bytes, image_format: str) -> str:
        """Make a picture fetchable, and return its address."""
        name = f"{next(self._names)}.{image_format}"
        self._published[name] = (picture, f"image/{image_format}", time.monotonic() + self.lifetime)
        return f"{self.url}/sample/{name}?sig=c2lnbmF0dXJl"

    @property
    def keys_seen(self) -> list[str]:
        """Every credential that arrived here; must stay empty."""
        names = ("x-key", "authorization", "proxy-authorization")
        return [seen.headers[name] for seen in self.requests for name in names if name in seen.headers]

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/sample/{name}", self._sample)]

    def error(self, fault: Fault) -> web.Response:
        body = f"<?xml version='1.0'?><Error><Code>{fault.text or fault.code}</Code></Error>"
        return web.Response(status=fault.code, text=body, content_type="application/xml", headers=fault.headers)

    async def _sample(self, request: web.Request) -> web.StreamResponse:
        await self.record(request)
        picture, kind, good_until = self._published.get(request.match_info["name"], (b"", "", 0.0))
        if time.monotonic() >= good_until:
            return self.error(Fault.expired())
        fault = self.take("download")
        if fault is not None:
            return await self.misbehave(request, fault, picture)
        await asyncio.sleep(0)
        return web.Response(body=picture, content_type=kind)
