"""Files that members bring: photographs in every format, and everything that is none."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from typing import Any, cast

import pillow_heif
from PIL import Image, ImageCms, TiffImagePlugin

from playground.attachments import Upload

GPS_IFD, ORIENTATION = 0x8825, 0x0112
NORTH = "Nordpol-Geheim"


@cache
def scene(width: int = 320, height: int = 240) -> Image.Image:
    """A picture whose corners differ: red top left, green top right, blue below."""
    image = Image.new("RGB", (width, height), (30, 60, 200))
    image.paste((200, 40, 40), (0, 0, width // 2, height // 2))
    image.paste((40, 180, 60), (width // 2, 0, width, height // 2))
    return image


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """What a telephone writes: where it was, and which way it was held."""
    data = Image.Exif()
    data[ORIENTATION] = orientation
    data[0x010E] = NORTH
    data.get_ifd(GPS_IFD).update({1: "N", 2: (TiffImagePlugin.IFDRational(52),) * 3, 29: "2026:11:21"})
    return data


def png(name: str = "boat.png") -> Upload:
    return Upload(name, encoded(scene(), "PNG"), "image/png")


def jpeg_with_gps(orientation: int = 1) -> Upload:
    return Upload("photo.jpg", encoded(scene(), "JPEG", exif=exif(orientation), comment=NORTH.encode()), "image/jpeg")


def heic() -> Upload:
    pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType]
    return Upload("photo.heic", encoded(scene(), "HEIF", quality=90), "image/heic")


def cmyk() -> Upload:
    return Upload("print.jpg", encoded(scene().convert("CMYK"), "JPEG"), "image/jpeg")


def with_alpha() -> Upload:
    image = scene().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))  # pyright: ignore[reportUnknownMemberType]
    return Upload("logo.png", encoded(image, "PNG"), "image/png")


def wide_gamut() -> Upload:
    srgb = cast("Any", ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType]
    profile = ImageCms.ImageCmsProfile(srgb).tobytes()
    return Upload("wide.webp", encoded(scene(), "WEBP", icc_profile=profile, exif=exif()), "image/webp")


def still_gif() -> Upload:
    return Upload("still.gif", encoded(scene().convert("P"), "GIF"), "image/gif")


def sixteen_bits() -> Upload:
    grey = Image.linear_gradient("L").convert("I")
    image = grey.point(lambda value: value * 257).convert("I;16")  # pyright: ignore[reportUnknownMemberType]
    return Upload("scan.png", encoded(image, "PNG"), "image/png")


EVERY_KIND = (png, jpeg_with_gps, heic, cmyk, with_alpha, wide_gamut, still_gif, sixteen_bits)
"""All that is taken."""


def moving(format: str) -> Upload:
    frames = [scene(), Image.new("RGB", (320, 240), "black")]
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=200)
    return Upload(f"moving.{format.lower()}", data, f"image/{format.lower()}")


def truncated() -> Upload:
    data = jpeg_with_gps().data
    return Upload("cut.jpg", data[: len(data) // 2], "image/jpeg")


def text() -> Upload:
    return Upload("notes.txt", b"not a picture", "text/plain")


def text_that_claims_to_be_a_picture() -> Upload:
    return Upload("notes.png", b"<html>not a picture</html>", "image/png")


def bomb() -> Upload:
    """A PNG of 400 megapixels in a few hundred bytes."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(60_001))), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return Upload("bomb.png", b"\x89PNG\r\n\x1a\n" + body, "image/png")
