"""An order's body: exactly the JSON that it stands for, and never in memory as a whole."""

from __future__ import annotations

import asyncio
import base64
import json
import tracemalloc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import ImageFormat, Model
from bot.providers.base import ReferenceImage, TaskRequest
from bot.providers.bfl import Bfl
from bot.providers.body import Base64, Body, encode

MIB = 1024 * 1024


async def sent(body: Body) -> bytes:
    content = body.content
    return content if isinstance(content, bytes) else b"".join([piece async for piece in content])


@settings(max_examples=30)
@given(
    st.dictionaries(st.text(max_size=8), st.text() | st.integers() | st.none(), max_size=4),
    st.lists(st.tuples(st.binary(max_size=40), st.sampled_from(["", "data:image/png;base64,"])), max_size=4),
    st.sampled_from([0, 1, 2, 3, 192 * 1024, 192 * 1024 + 1, 400_000]),
)
def test_it_is_the_json_that_it_stands_for(
    words: dict[str, object], pictures: list[tuple[bytes, str]], large: int
) -> None:
    files = [*pictures, (bytes(large), "")]
    body = encode({**words, "files": [Base64(data, prefix) for data, prefix in files]})
    raw = asyncio.run(sent(body))
    assert len(raw) == len(body)
    assert json.loads(raw) == {**words, "files": [p + base64.b64encode(d).decode() for d, p in files]}


def test_words_alone_go_in_one_piece() -> None:
    assert encode({"prompt": "Blüte"}).content == '{"prompt":"Blüte"}'.encode()


@asynccontextmanager
async def swallowing() -> AsyncGenerator[tuple[str, list[int]]]:
    """A server that counts what it gets and keeps none of it."""
    sizes: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        left = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        sizes.append(left)
        while left:
            left -= len(await reader.read(min(left, 64 * 1024)))
        answer = b'{"id": "7", "polling_url": null}'
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(answer), answer))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", sizes


async def test_many_orders_with_large_pictures_take_hardly_more_memory_than_the_pictures(
    client: httpx.AsyncClient,
) -> None:
    pictures = tuple(ReferenceImage(bytes(10 * MIB), 2000, 2000) for _ in range(4))
    request = TaskRequest("a kite", Model.PRO, 1, 2, ImageFormat.PNG, references=pictures)
    async with swallowing() as (url, sizes):
        vendor = Bfl(client, "key", url)
        tracemalloc.start()
        try:
            await asyncio.gather(*(vendor.submit(request, timeout=60) for _ in range(3)))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert min(sizes) > 53 * MIB
    assert peak < 16 * MIB, f"{peak / MIB:.0f} MiB"
