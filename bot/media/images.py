"""Checks and fits pictures' bytes in processes of their own; what a picture shows is none of its business.

Nothing here decodes: a decoder that crashes, hangs or eats memory at a hostile file must not do it in the bot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Self

import structlog

from bot.errors import IsolatedCallFailed, MalformedAnswer, SourceAnimated, SourceTooLarge, SourceUnreadable
from bot.isolation.pool import Answer, Limits, ProcessPool
from bot.media.accepted import Prepared
from bot.models import ImageFormat

_log = structlog.get_logger(__name__)

_SOURCE_ERRORS = MappingProxyType({one.__name__: one for one in (SourceAnimated, SourceTooLarge)})

_PAUSES = (0.5, 2.0, 8.0, 30.0)
"""Seconds between the tries to look at a finished picture."""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What decoding proved: size in pixels, and the format the bytes really have."""

    width: int
    height: int
    format: ImageFormat


class ImageProcessor:
    """Two processes, begun when they are needed: what vendors made never waits for what members bring."""

    def __init__(self, limits: Limits | None = None, *, pauses: Sequence[float] = _PAUSES) -> None:
        self._finished = ProcessPool(1, limits)
        self._brought = ProcessPool(1, limits)
        self._pauses = pauses
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._finished)
        await self._stack.enter_async_context(self._brought)
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def inspect(self, data: bytes) -> ImageInfo:
        """Prove by decoding that these bytes are one whole picture, or raise ``MalformedAnswer``."""
        try:
            facts = (await self._inspected(data)).facts
            return ImageInfo(_number(facts["width"]), _number(facts["height"]), ImageFormat(facts["format"]))
        except IsolatedCallFailed as error:
            raise MalformedAnswer(error.detail) from error

    async def _inspected(self, data: bytes) -> Answer:
        """Tried again where only its process failed, perhaps at nothing of the picture's: it is made and paid for."""
        for pause in self._pauses:
            try:
                return await self._finished.run("bot.media.pixels:inspect", data)
            except IsolatedCallFailed as error:
                if error.kind is not None:
                    raise
                _log.warning("a finished picture is looked at again", detail=error.detail)
            await asyncio.sleep(pause)
        return await self._finished.run("bot.media.pixels:inspect", data)

    async def prepare(self, data: bytes) -> Prepared:
        """A picture to start from, as it may be sent on: still, upright, without metadata, of a fitting size.

        Raises a ``SourceError``.
        """
        try:
            answer = await self._brought.run("bot.media.pixels:prepared", data)
        except IsolatedCallFailed as error:
            raise _SOURCE_ERRORS.get(error.kind or "", SourceUnreadable)(str(error)) from error
        width, height = _number(answer.facts["width"]), _number(answer.facts["height"])
        untouched = answer.facts["untouched"] is True
        return Prepared(data if untouched else answer.data, width, height, untouched)

    async def fit(self, data: bytes, limit: int) -> bytes:
        """A JPEG of the same picture with at most ``limit`` bytes: first coarser, then smaller.

        Raises ``IsolatedCallFailed``.
        """
        return (await self._finished.run("bot.media.pixels:fit", data, limit)).data

    async def thumbnail(self, data: bytes, edge: int) -> bytes | None:
        """A small JPEG of a picture, at most ``edge`` pixels wide and high; None where it cannot be read."""
        try:
            return (await self._brought.run("bot.media.pixels:thumbnail", data, edge)).data
        except IsolatedCallFailed:
            return None

    async def side_by_side(self, images: Sequence[bytes]) -> bytes:
        """Pictures in a row, all of one height, as one JPEG. Raises ``SourceUnreadable``."""
        try:
            return (await self._brought.run("bot.media.pixels:side_by_side", tuple(images))).data
        except IsolatedCallFailed as error:
            raise SourceUnreadable(str(error)) from error

    async def time_lapse(self, images: Sequence[bytes]) -> bytes:
        """Pictures one after the other, as one animated WebP. Raises ``SourceUnreadable``."""
        try:
            return (await self._brought.run("bot.media.pixels:time_lapse", tuple(images))).data
        except IsolatedCallFailed as error:
            raise SourceUnreadable(str(error)) from error


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("not a number of pixels")
    return value
