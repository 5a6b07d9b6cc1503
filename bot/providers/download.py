"""Fetches picture bytes: what a vendor made, what a request starts from; never with a key, never from inside."""

from __future__ import annotations

import asyncio
from collections.abc import Set
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import httpx
import structlog

from bot.errors import MalformedAnswer, ProviderError, SourceGone, Unavailable
from bot.providers.addresses import AddressRefused, literal
from bot.providers.http import PUBLIC_ONLY
from bot.providers.wire import CONNECT_SECONDS, collect

DISCORD_HOSTS = frozenset(
    {"cdn.discordapp.com", "media.discordapp.net", "images-ext-1.discordapp.net", "images-ext-2.discordapp.net"}
)
"""Where Discord keeps attachments (Discord reference, image formatting)."""

_LOG: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a download is put up with."""

    bytes: int = 32 * 1024 * 1024
    seconds: float = 30.0
    redirects: int = 3


class Downloader:
    """Brings finished pictures from the addresses that one vendor gives.

    An address must be https and lead outside, except on the host of the vendor's own base address: that one the
    operator chose, so it may be inside, and plain http where the base address is.
    """

    def __init__(self, client: httpx.AsyncClient, base_url: str, limits: Limits | None = None) -> None:
        self._client = client
        self._base = httpx.URL(base_url)
        self._limits = limits or Limits()

    async def fetch(self, url: str) -> bytes:
        """The picture's bytes, not yet decoded.

        Raises ``MalformedAnswer`` for anything that will not become a picture by asking again, and ``Unavailable``
        for what may: a broken connection, a server error, too slow.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._follow(_url(url))
        except AddressRefused as error:
            _LOG.warning("private address refused", host=error.request.url.host)
            raise MalformedAnswer("download: a private address") from error
        except (httpx.DecodingError, httpx.InvalidURL) as error:
            raise MalformedAnswer(f"download: {type(error).__name__}") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unavailable(f"download: {type(error).__name__}: {error}") from error

    async def _follow(self, url: httpx.URL) -> bytes:
        for _ in range(self._limits.redirects + 1):
            async with _get(self._client, url, self._limits, public_only=self._leads_outside(url)) as response:
                if response.has_redirect_location:
                    url = url.join(_url(response.headers["location"]))
                    continue
                _check_status(response)
                return await _body(response, self._limits.bytes)
        raise MalformedAnswer(f"download: more than {self._limits.redirects} redirects")

    def _leads_outside(self, url: httpx.URL) -> bool:
        """False on the host that the operator chose; refuses an address before anything is sent to it."""
        if may_visit(url, self._base):
            return False
        if url.scheme != "https" or url.userinfo or not url.host:
            raise MalformedAnswer("download: not an https address")
        return True


def may_visit(url: httpx.URL, base: httpx.URL) -> bool:
    """Whether an address is on the host that the operator configured, and no less protected than that one.

    The port may differ: a stand-in, or a proxy, serves pictures beside the API.
    """
    return url.host == base.host and not url.userinfo and url.scheme in {"https", base.scheme}


async def fetch_reference(
    client: httpx.AsyncClient, url: str, hosts: Set[str] = DISCORD_HOSTS, limits: Limits | None = None
) -> bytes:
    """The bytes of a picture to start from.

    ``hosts`` are the only places asked: names, or ``name:port``. The address must be https unless its host is this
    machine. Redirects are not followed: Discord's file hosts answer directly. A broken connection or server error
    is tried once more; then, and for every other fault, raises ``SourceGone``.
    """
    limits = limits or Limits()
    try:
        target = _url(url)
        if not _is_listed(target, hosts):
            raise SourceGone("not one of the addresses that pictures are read from")
        try:
            return await _reference_bytes(client, target, limits)
        except (Unavailable, httpx.HTTPError):
            return await _reference_bytes(client, target, limits)
    except (ProviderError, httpx.HTTPError, TimeoutError) as error:
        _LOG.info("reference picture gone", reason=f"{type(error).__name__}: {error}")
        raise SourceGone("the reference picture could not be read") from error


def _is_listed(url: httpx.URL, hosts: Set[str]) -> bool:
    if url.userinfo or not (url.host in hosts or url.netloc.decode("ascii") in hosts):
        return False
    return url.scheme == "https" or (url.scheme == "http" and _is_this_machine(url.host))


async def _reference_bytes(client: httpx.AsyncClient, url: httpx.URL, limits: Limits) -> bytes:
    async with asyncio.timeout(limits.seconds), _get(client, url, limits) as response:
        _check_status(response)
        return await _body(response, limits.bytes)


def _get(
    client: httpx.AsyncClient, url: httpx.URL, limits: Limits, *, public_only: bool = False
) -> AbstractAsyncContextManager[httpx.Response]:
    connect = min(CONNECT_SECONDS, limits.seconds)
    return client.stream(
        "GET",
        url,
        headers={"accept": "image/*", "accept-encoding": "identity"},  # pictures are compressed already
        timeout=httpx.Timeout(limits.seconds, connect=connect, pool=connect),
        follow_redirects=False,
        extensions={PUBLIC_ONLY: public_only},
    )


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status >= 500 or status in {408, 429}:
        raise Unavailable(f"download: HTTP {status}")
    if not response.is_success:
        raise MalformedAnswer(f"download: HTTP {status}")
    if response.headers.get("content-type", "").strip().lower().startswith("text/html"):
        raise MalformedAnswer("download: a web page")


async def _body(response: httpx.Response, cap: int) -> bytes:
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > cap:
        raise MalformedAnswer(f"download: {announced} bytes announced")
    received = await collect(response, cap, "download: a body")
    if not received:
        raise MalformedAnswer("download: empty")
    return received


def _url(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL as error:
        raise MalformedAnswer("download: no address") from error


def _is_this_machine(host: str) -> bool:
    address = literal(host)
    return host == "localhost" or (address is not None and address.is_loopback)
