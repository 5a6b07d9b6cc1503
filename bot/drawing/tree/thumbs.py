"""Small pictures out of large files, quickly and without ever failing."""

from __future__ import annotations

import io
import struct

from PIL import Image, ImageOps

PIXELS_MAX = 50_000_000
_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow's decoders are known to raise at broken files."""


def thumbnail(data: bytes | None, size: tuple[int, int]) -> Image.Image | None:
    """The picture cut to cover ``size``, as RGB or RGBA; None if it cannot be read."""
    if not data:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > PIXELS_MAX:
                return None
            image.draft("RGB", size)
            clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
            whole = ImageOps.exif_transpose(image)
            small = ImageOps.fit(whole.convert("RGBA" if clear else "RGB"), size, Image.Resampling.BICUBIC)
    except _UNREADABLE:
        return None
    return small
