"""A picture as SVG, built shape by shape, and rasterised by resvg. Whatever text it is given, it stays text."""

from __future__ import annotations

import io
import struct
from base64 import b64encode
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr
from zlib import crc32

import resvg_py
from PIL import Image

from bot.drawing.fonts import Script, em_width, family_of, files_of
from bot.drawing.palette import TEXT
from bot.drawing.text import clean, fitted, runs

Point = tuple[float, float]

_CENTRED = 0.36  # how far below a line's middle its baseline is, in parts of the letters' size
_HEADER_END = 33  # where a PNG's header chunk ends: eight bytes of signature, twenty-five of the chunk
_ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}


class Canvas:
    """A picture of ``width`` × ``height`` units, drawn at ``scale`` pixels each; later shapes cover earlier ones."""

    def __init__(self, width: float, height: float, ground: str, scale: float = 1.0) -> None:
        self.width, self.height, self.scale = round(width), round(height), scale
        self._shapes: list[str] = []
        self._scripts: dict[Script | None, None] = {None: None}
        self.rect(0, 0, self.width, self.height, ground)

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, radius: float = 0, stroke: str | None = None
    ) -> None:
        """A box, maybe with round corners; its outline, if any, is two units wide. Without an area it is left out."""
        if width > 0 and height > 0:
            look = {"fill": fill, "rx": radius} if radius else {"fill": fill, "shape-rendering": "crispEdges"}
            outline = {"stroke": stroke, "stroke-width": 2} if stroke else {}
            self._add("rect", {"x": x, "y": y, "width": width, "height": height, **look, **outline})

    def path(self, data: str, fill: str = "none", stroke: str = "none", width: float = 0, dash: float = 0) -> None:
        """Any outline, in SVG's own notation; ``dash`` is the length of dashes and gaps."""
        line = {"stroke": stroke, "stroke-width": width, "stroke-dasharray": dash or "none"}
        self._add("path", {"d": data, "fill": fill, **line})

    def image(self, middle: Point, image: Image.Image) -> None:
        """A picture around a point, a pixel of it on one of the drawing: resvg's own scaling is slow."""
        out = io.BytesIO()
        image.save(out, "JPEG", quality=90)
        scale, (width, height) = self.scale, image.size
        x, y = (round(at * scale - size / 2) / scale for at, size in zip(middle, image.size, strict=True))
        box = {"x": x, "y": y, "width": width / scale, "height": height / scale}
        data = {"href": f"data:image/jpeg;base64,{b64encode(out.getvalue()).decode()}"}
        self._add("image", {**box, **data, "image-rendering": "optimizeSpeed"})

    def text(
        self,
        at: Point,
        text: str,
        size: float,
        fill: str = TEXT,
        room: float = 9999,
        anchor: str = "start",
        bold: bool = False,
    ) -> float:
        """One line in the middle of a height, cut to ``room``; each font is held to its width. How wide it became."""
        line = runs(fitted(clean(text), size, room))
        widths = [em_width(*run) * size for run in line]
        x = at[0] - _ANCHORS[anchor] * sum(widths)
        weight = {"stroke": fill, "stroke-width": size / 40} if bold else {}
        for run, width in zip(line, widths, strict=True):
            self._scripts[run.script] = None
            if width:
                place = {"x": x, "y": at[1] + size * _CENTRED, "textLength": width}
                look = {"font-family": family_of(run.script), "font-size": size, "fill": fill, **weight}
                self._add("text", {**place, **look}, run.text)
            x += width
        return sum(widths)

    def _add(self, name: str, attributes: Mapping[str, float | str], content: str = "") -> None:
        values = {key: value if isinstance(value, str) else f"{value:.7g}" for key, value in attributes.items()}
        written = (f"{key}={quoteattr(value)}" for key, value in values.items())
        self._shapes.append(f"<{name} {' '.join(written)}>{escape(content)}</{name}>")

    def svg(self) -> str:
        """The picture as an SVG document that refers to nothing outside of it."""
        size = f'width="{round(self.width * self.scale)}" height="{round(self.height * self.scale)}"'
        box = f'viewBox="0 0 {self.width} {self.height}" preserveAspectRatio="none"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} xml:space="preserve">'
        return "\n".join((head, *self._shapes, "</svg>"))

    def png(self) -> bytes:
        """The picture as a PNG. The machine's other fonts are only searched if a script has none of those we know."""
        return resvg_py.svg_to_bytes(
            svg_string=self.svg(),
            skip_system_fonts=all(files_of(script) for script in self._scripts),
            font_files=[path for script in self._scripts for path in files_of(script)],
            serif_family=family_of(None),
        )


def rounded(points: Sequence[Point], radius: float) -> str:
    """The path data of a line along right angles with rounded corners."""
    data = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        ends = [(corner[0] - x, corner[1] - y) for x, y in (before, after)]
        bend = min(radius, *(abs(x + y) / 2 for x, y in ends))  # one of the two is 0
        turns = [(corner[0] - bend * ((x > 0) - (x < 0)), corner[1] - bend * ((y > 0) - (y < 0))) for x, y in ends]
        (x, y), (there, down) = turns
        data.append(f"L{x:.1f} {y:.1f}Q{corner[0]:.1f} {corner[1]:.1f} {there:.1f} {down:.1f}")
    return "".join((*data, f"L{points[-1][0]:.1f} {points[-1][1]:.1f}"))


def with_xmp(png: bytes, packet: bytes) -> bytes:
    """A PNG with an XMP packet behind its header, in the chunk that the XMP specification names."""
    chunk = b"iTXt" + b"XML:com.adobe.xmp\0" + bytes(4) + packet  # not compressed, no language, no translated keyword
    framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", crc32(chunk))
    return png[:_HEADER_END] + framed + png[_HEADER_END:]
