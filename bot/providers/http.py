"""The one HTTP client: httpx's interface and errors, over aiohttp's connections.

httpx's own pool looks through every connection, and asks the system about each idle one, whenever a request begins or
ends: at 24 requests at once four milliseconds of processor a request, against half a millisecond here
(encode/httpcore#1035). aiohttp is there already, as discord.py's.

What an error proves is decided here: a request that may have reached the vendor must never look as if it had not.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager

import aiohttp
import httpx
import yarl

from bot import __version__
from bot.providers.addresses import AddressRefused, PrivateAddress, PublicResolver, is_public, literal

HttpClient = httpx.AsyncClient

PUBLIC_ONLY = "public_only"
"""Extension of a request: it goes to a public address, or raises ``AddressRefused``."""

_CONNECTIONS = 200
_KEEP_ALIVE_SECONDS = 30.0
_CHUNK = 64 * 1024
_NOT_OURS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that aiohttp would add by itself; httpx has said all there is to say."""


@asynccontextmanager
async def open_client() -> AsyncGenerator[httpx.AsyncClient]:
    """A client for everything: pooled, never following a redirect by itself, never reading proxies' settings."""
    async with httpx.AsyncClient(
        transport=AiohttpTransport(),
        headers={"User-Agent": f"Atelier/{__version__}"},
        timeout=httpx.Timeout(30.0, connect=10.0, pool=30.0),
        follow_redirects=False,
        trust_env=False,
    ) as client:
        yield client


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends httpx's requests through a session of aiohttp's."""

    def __init__(self, *, connections: int = _CONNECTIONS) -> None:
        self._connections = connections
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request, one answer; nothing is ever repeated here."""
        public_only = bool(request.extensions.get(PUBLIC_ONLY))
        address = literal(request.url.host) if public_only else None  # the resolver sees names only
        if address is not None and not is_public(address):
            raise AddressRefused("not a public address", request=request)
        with _translated(request):
            response = await self._opened(public_only).request(
                request.method,
                yarl.URL(str(request.url), encoded=True),
                headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
                data=_body(request),
                timeout=_timeout(request),
                allow_redirects=False,
                skip_auto_headers=_NOT_OURS,
            )
        return httpx.Response(response.status, headers=response.raw_headers, stream=_Body(response, request))

    async def aclose(self) -> None:
        """Close every connection."""
        while self._sessions:
            await self._sessions.popitem()[1].close()

    def _opened(self, public_only: bool) -> aiohttp.ClientSession:
        """One session for addresses that the operator chose, one whose connections lead outside."""
        session = self._sessions.get(public_only)
        if session is None:  # it needs a running loop
            session = self._sessions[public_only] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections,
                    keepalive_timeout=_KEEP_ALIVE_SECONDS,
                    resolver=PublicResolver() if public_only else None,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
            # It would repeat a GET whose connection broke; what is repeated, and how often, is the callers' to say.
            session._retry_connection = False  # pyright: ignore[reportPrivateUsage]
        return session


class _Body(httpx.AsyncByteStream):
    """An answer's body as it arrives."""

    def __init__(self, response: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _translated(self._request):
            async for chunk in self._response.content.iter_chunked(_CHUNK):
                yield chunk

    async def aclose(self) -> None:
        """Keep the connection for the next request if the body was read to its end."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


def _body(request: httpx.Request) -> bytes | AsyncIterator[bytes] | None:
    stream = request.stream
    if isinstance(stream, httpx.ByteStream):
        return b"".join(stream) or None
    if not isinstance(stream, httpx.AsyncByteStream):
        raise TypeError("only asynchronous bodies can be sent")
    return aiter(stream)


def _timeout(request: httpx.Request) -> aiohttp.ClientTimeout:
    given: dict[str, float | None] = request.extensions.get("timeout", {})
    return aiohttp.ClientTimeout(
        total=None, connect=given.get("pool"), sock_connect=given.get("connect"), sock_read=given.get("read")
    )


@contextlib.contextmanager
def _translated(request: httpx.Request) -> Generator[None]:
    """aiohttp's errors as httpx's. The first two are raised before a byte is sent; every other may come after."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx.ConnectTimeout(_words(error), request=request) from error
    except aiohttp.ClientConnectorError as error:  # refused, no such name, TLS failed
        if isinstance(error.os_error, PrivateAddress):
            raise AddressRefused(_words(error), request=request) from error
        raise httpx.ConnectError(_words(error), request=request) from error
    except aiohttp.InvalidURL as error:
        raise httpx.UnsupportedProtocol(_words(error), request=request) from error
    except aiohttp.ServerTimeoutError as error:
        raise httpx.ReadTimeout(_words(error), request=request) from error
    except aiohttp.ServerDisconnectedError as error:
        raise httpx.RemoteProtocolError(_words(error), request=request) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx.ReadError(_words(error), request=request) from error


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
