"""Pictures of pictures: a family's tree, a comparison and a time-lapse, drawn from what Discord shows now."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from bot.drawing.renderer import Renderer
from bot.errors import Missing, NotFound, SourceError
from bot.gallery.library import FoundPicture
from bot.generation.references import ReferenceImages
from bot.generation.service import reference_to
from bot.media.images import ImageProcessor
from bot.models import Reference
from bot.models.captions import TreeCaptions
from bot.models.family import Shown

_EDGE = 256
"""Pixels of a small copy: as large as a tree ever draws it."""
_KEPT = 400


class Composites:
    """Fetches, keeps small copies in memory for a while, and draws; nothing is stored."""

    def __init__(self, references: ReferenceImages, processor: ImageProcessor, renderer: Renderer) -> None:
        self._references = references
        self._processor = processor
        self._renderer = renderer
        self._small: OrderedDict[str, bytes] = OrderedDict()

    async def tree(self, part: Shown, found: dict[str, FoundPicture], captions: TreeCaptions) -> bytes:
        """What is shown of a family as one PNG."""
        wanted = [(one.code, one.source) for one in part.family.relatives if one.source is not None]
        there = [found[one.code] for one in part.family.relatives if not one.removed and one.code in found]
        wanted += [(one.picture.code, reference_to(one.job, one.picture)) for one in there]
        small = await self._thumbnails(wanted)
        return await self._renderer.draw("bot.drawing.family_tree:draw_family", part, small, captions)

    async def addresses(self, references: Sequence[Reference]) -> list[str | None]:
        """Where Discord shows pictures now, each; None for one that is gone."""
        return await self._references.addresses(references)

    async def comparison(self, parents: Sequence[Reference], child: Reference) -> bytes:
        """What a picture was made from, on the left, and what became of it. Raises ``NotFound``."""
        images = await self._references.images([*parents, child])
        if images[-1] is None or not any(images[:-1]):
            raise NotFound(Missing.PARENT)
        try:
            return await self._processor.side_by_side([image for image in images if image is not None])
        except SourceError:
            raise NotFound(Missing.PARENT) from None

    async def time_lapse(self, line: Sequence[Reference]) -> bytes:
        """Pictures one after the other, as one that moves. Raises ``NotFound`` where fewer than two are left."""
        images = [image for image in await self._references.images(line) if image is not None]
        if len(images) < 2:
            raise NotFound(Missing.PARENT)
        try:
            return await self._processor.time_lapse(images)
        except SourceError:
            raise NotFound(Missing.PARENT) from None

    async def _thumbnails(self, wanted: Sequence[tuple[str, Reference]]) -> dict[str, bytes]:
        """Small copies by the codes of pictures; those of photographs, whose codes mean nothing elsewhere, not kept."""
        known = {code: self._small[code] for code, _ in wanted if code in self._small}
        missing = [(code, one) for code, one in wanted if code not in known]
        images = await self._references.images([one for _, one in missing])
        here = [(code, one, image) for (code, one), image in zip(missing, images, strict=True) if image is not None]
        small = await asyncio.gather(*(self._thumbnail(one, image) for _, one, image in here))
        for (code, one, _), image in zip(here, small, strict=True):
            if image is not None:
                known[code] = image if one.code is None else self._keep(code, image)
        return known

    async def _thumbnail(self, one: Reference, image: bytes) -> bytes | None:
        """A small copy; what a member brought is made upright first, and may be of other formats."""
        if one.code is None:
            try:
                image = (await self._processor.prepare(image)).data
            except SourceError:
                return None
        return await self._processor.thumbnail(image, _EDGE)

    def _keep(self, code: str, image: bytes) -> bytes:
        self._small[code] = image
        while len(self._small) > _KEPT:
            self._small.popitem(last=False)
        return image
