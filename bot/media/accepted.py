"""Which pictures may be started from, and what is made of them; without a decoder, which the bot itself never loads."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_BYTES = 32 * 1024 * 1024
MAX_PIXELS = 64_000_000
"""More is not opened: 64 megapixels are 192 MB of memory."""
CONTENT_TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif", "image/heic", "image/heif"})
"""What may be started from, as Discord names the kinds."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready to be sent. ``untouched``: the bytes are the original's, which carries nothing to be stripped."""

    data: bytes = field(repr=False)
    width: int
    height: int
    untouched: bool
