"""A wire to a server that counts trips, and can be cut at a word: before it is passed on, or before its answer."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

FLUSH = b"H\x00\x00\x00\x04"
"""What a driver sends to have its answers now, perhaps after they have come already: it asks for nothing itself."""


class Wire:
    """Passes bytes on between clients and the server of an address."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._before_sending: bytes | None = None
        self._before_answering: bytes | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.cuts = 0
        self.trips: list[bytes] = []
        """What was sent before each answer was waited for."""

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            await asyncio.gather(*self._open)

    @property
    def url(self) -> str:
        """The same address by way of this wire."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return self._to._replace(netloc=f"{self._to.username}@127.0.0.1:{port}").geturl()

    def cut_before_sending(self, word: bytes) -> None:
        """Cut the connection, once, on which this is about to be sent."""
        self._before_sending = word

    def cut_before_answering(self, word: bytes) -> None:
        """Pass this on, once, and cut the connection when the server answers."""
        self._before_answering = word

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass_on(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(self._to.hostname, self._to.port)
        mute = asyncio.Event()
        answered = True

        async def ask() -> None:
            nonlocal answered
            while data := await reader.read(65536):
                if data != FLUSH:
                    if answered:
                        self.trips.append(b"")
                    self.trips[-1] += data
                    answered = False
                if self._before_sending is not None and self._before_sending in data:
                    self._before_sending = None
                    return
                if self._before_answering is not None and self._before_answering in data:
                    self._before_answering = None
                    mute.set()
                there_writer.write(data)

        async def answer() -> None:
            nonlocal answered
            while (data := await there_reader.read(65536)) and not mute.is_set():
                answered = True
                writer.write(data)

        ways = [asyncio.create_task(ask()), asyncio.create_task(answer())]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        self.cuts += not reader.at_eof()
        for way in ways:
            way.cancel()
        await asyncio.wait(ways)
        for one in (writer, there_writer):
            one.close()
            with contextlib.suppress(ConnectionError):
                await one.wait_closed()
