"""Image headers: what kind of picture some bytes are, and its width and height; nothing is decoded."""

import struct

Size = tuple[int, int]

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


_HEIC = {b"heic", b"heix", b"mif1", b"msf1"}


def kind_of(data: bytes) -> str | None:
    """The content type of PNG, JPEG, GIF, WebP and HEIC bytes, by their first bytes; else None."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return "image/heic"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def size_of(data: bytes) -> Size | None:
    """Width and height as the header says, or None where it says nothing sound."""
    reader = {"image/png": _png, "image/jpeg": _jpeg, "image/gif": _gif, "image/webp": _webp}.get(kind_of(data) or "")
    try:
        return reader(data) if reader else None
    except (struct.error, IndexError):
        return None


def _png(data: bytes) -> Size:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> Size:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _jpeg(data: bytes) -> Size | None:
    position = 2
    while True:
        marker, kind = data[position], data[position + 1]
        if marker != 0xFF:
            return None
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):  # a frame header
            height, width = struct.unpack_from(">HH", data, position + 5)
            return width, height
        if kind == 0xFF or 0xD0 <= kind <= 0xD9:  # padding, or a marker without a body
            position += 1 if kind == 0xFF else 2
            continue
        position += 2 + struct.unpack_from(">H", data, position + 2)[0]


def _webp(data: bytes) -> Size | None:
    form = data[12:16]
    if form == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if form == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
