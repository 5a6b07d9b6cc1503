"""Pictures of pictures: a family's tree and a comparison, drawn from what Discord shows now."""

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
from bot.models.family import Family, shown

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

    async def tree(self, family: Family, found: dict[str, FoundPicture], limit: int = 50) -> bytes:
        """The family as one PNG."""
        part = shown(family, limit)
        wanted = [found[one.code] for one in part.family.relatives if not one.removed]
        return await self._renderer.draw("bot.drawing.family_tree:draw_family", part, await self._thumbnails(wanted))

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

    async def _thumbnails(self, wanted: Sequence[FoundPicture]) -> dict[str, bytes]:
        known = {one.picture.code: self._small[one.picture.code] for one in wanted if one.picture.code in self._small}
        missing = [one for one in wanted if one.picture.code not in known]
        images = await self._references.images([reference_to(one.job, one.picture) for one in missing])
        here = [(one.picture.code, image) for one, image in zip(missing, images, strict=True) if image is not None]
        small = await asyncio.gather(*(self._processor.thumbnail(image, _EDGE) for _, image in here))
        for (code, _), image in zip(here, small, strict=True):
            if image is not None:
                known[code] = self._keep(code, image)
        return known

    def _keep(self, code: str, image: bytes) -> bytes:
        self._small[code] = image
        while len(self._small) > _KEPT:
            self._small.popitem(last=False)
        return image
