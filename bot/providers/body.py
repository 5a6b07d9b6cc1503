"""The body of an order: JSON whose pictures become base64 only while they are sent, so that it is nowhere whole."""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

_PIECE = 192 * 1024
"""Bytes that are encoded and handed to the connection at once, well under a millisecond; three make four of base64."""


@dataclass(frozen=True, slots=True)
class Base64:
    """Bytes that stand in a request's body in base64, behind ``prefix``."""

    data: bytes = field(repr=False)
    prefix: str = ""

    def __len__(self) -> int:
        return len(self.prefix) + -(-len(self.data) // 3) * 4


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: JSON around pictures, which all orders of a job share. It can be sent more than once."""

    parts: tuple[bytes | Base64, ...] = field(repr=False)

    def __len__(self) -> int:
        """Its size in bytes, as the header announces it."""
        return sum(map(len, self.parts))

    @property
    def content(self) -> bytes | AsyncGenerator[bytes]:
        """All of it where it is only words, else piece by piece."""
        first, *rest = self.parts
        return first if isinstance(first, bytes) and not rest else self._pieces()

    async def _pieces(self) -> AsyncGenerator[bytes]:
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
                continue
            if part.prefix:
                yield part.prefix.encode()
            for at in range(0, len(part.data), _PIECE):
                yield b2a_base64(part.data[at : at + _PIECE], newline=False)


def encode(body: Mapping[str, object]) -> Body:
    """A request's body as JSON; ``Base64`` values stay what they are until they are sent."""
    pictures: list[Base64] = []
    mark = f"picture-{uuid4().hex}"  # base64 needs no escaping, and nobody can guess this

    def stand_in(value: object) -> str:
        if not isinstance(value, Base64):
            raise TypeError(f"{type(value).__name__} is not JSON")
        pictures.append(value)
        return mark

    whole = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=stand_in).encode()
    first, *between = whole.split(mark.encode())
    parts: list[bytes | Base64] = [first]
    for picture, after in zip(pictures, between, strict=True):
        parts += picture, after
    return Body(tuple(parts))
