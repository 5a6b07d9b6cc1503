"""The HTTP edge to one vendor: JSON out, JSON in, every failure as one of ours; no vendor's own vocabulary."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Annotated, TypeVar

import httpx
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from bot.errors import (
    Ambiguous,
    BadKey,
    InvalidRequest,
    MalformedAnswer,
    OutOfFunds,
    ProviderError,
    RateLimited,
    Unavailable,
)
from bot.providers.body import Body
from bot.providers.wording import scrub, words_of

CONNECT_SECONDS = 10.0
"""Longest wait for a connection, or for a free one of the pool; nothing was sent while it lasts."""

ANSWER_MAX = 48 * 1024 * 1024
"""Largest answer in bytes that is read: a picture of 32 MiB in base64, and room around it."""

RETRY_AFTER_MAX = 3600.0
"""Longest ``Retry-After`` in seconds that is believed."""

_JOINED = 256 * 1024
"""Bytes of an answer up to which it is put together on the event loop."""

_ERROR_MAX = 64 * 1024  # what is larger is a picture in base64, not words

_NOTHING_SENT = (
    httpx.ConnectError,  # refused, no such name, TLS failed
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_REFUSALS: Mapping[int, type[ProviderError]] = MappingProxyType(
    {
        401: BadKey,
        402: OutOfFunds,
        408: Unavailable,  # by its definition the request did not arrive whole
        429: RateLimited,
        500: Unavailable,
        502: Unavailable,
        503: Unavailable,
    }
)
"""What the vendors agree on; each adds the codes it means differently."""
WHILE_IT_WORKS: Mapping[int, type[ProviderError]] = MappingProxyType(dict.fromkeys((408, 500, 502, 504), Ambiguous))
"""What these mean of a vendor that answers with the picture: they may come from something in front of it, after a
minute's work that is then billed. 503 says that it was not begun."""

_LOG: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)

_T = TypeVar("_T")
_M = TypeVar("_M", bound=BaseModel)


def _or_none(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except ValidationError:
        return None


Maybe = Annotated[_T | None, WrapValidator(_or_none)]
"""A part of an answer that may be absent or nonsense without making the answer worthless."""


class VendorModel(BaseModel):
    """A vendor's answer: what is not needed is ignored, numbers and their spelling are interchangeable."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        coerce_numbers_to_str=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. ``body`` is the parsed JSON, None where it is none; ``text`` may be logged as it is."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: object = field(repr=False)
    text: str

    @property
    def ok(self) -> bool:
        """Whether the vendor says that it went well."""
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before asking again, None where the vendor did not say."""
        return retry_after(self.headers, time.time())


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds of a ``Retry-After`` header, given as a number or as an HTTP date (RFC 9110, 10.2.3).

    ``now`` is Unix seconds. A date is counted from the answer's own ``Date`` where there is one, because the two
    clocks need not agree. None where the header is absent or nonsense.
    """
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        until = _http_date(value)
        if until is None:
            return None
        seconds = until - (_http_date(headers.get("date", "")) or now)
    return None if math.isnan(seconds) else min(max(seconds, 0.0), RETRY_AFTER_MAX)


def _http_date(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None


def parse(model: type[_M], answer: Answer) -> _M:
    """Read an answer as a vendor's shape, or raise ``MalformedAnswer``."""
    try:
        return model.model_validate(answer.body)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, one["loc"])) or "body" for one in error.errors())
        raise MalformedAnswer(
            f"HTTP {answer.status}: no {model.__name__.lstrip('_')} in the answer ({places})"
        ) from None


class Wire:
    """Calls to one vendor's API with its key. The key goes to no address that was not passed in here."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        vendor: str,
        base_url: str,
        key: str,
        key_header: tuple[str, str],
        refusals: Mapping[int, type[ProviderError]],
    ) -> None:
        """``key_header`` is the header's name and what stands in it before the key."""
        self._client = client
        self._vendor = vendor
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._key_header = key_header
        self._refusals = {**_REFUSALS, **refusals}

    @property
    def base_url(self) -> str:
        """Where the API lives, without a slash at the end."""
        return self._base_url

    async def order(self, path: str, body: Body, *, timeout: float, private: str = "") -> Answer:
        """POST something that costs money; ``private`` (the prompt) is kept out of the log.

        Raises ``Unavailable`` only where certainly nothing was sent. Silence, or a connection that broke later,
        raises ``Ambiguous``: the vendor may be working, and billing, already.
        """
        try:
            return await self._exchange("POST", self._base_url + path, body, timeout, private)
        except _NOTHING_SENT as error:
            raise Unavailable(_reason(error)) from error
        except httpx.DecodingError as error:
            raise MalformedAnswer(_reason(error)) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise Ambiguous(_reason(error)) from error

    async def ask(self, address: str, *, timeout: float) -> Answer:
        """GET a path of the API, or a whole address that the caller trusts with the key.

        Asking is free and may be repeated, so silence of any kind raises ``Unavailable``.
        """
        url = self._base_url + address if address.startswith("/") else address
        try:
            return await self._exchange("GET", url, None, timeout, "")
        except httpx.DecodingError as error:
            raise MalformedAnswer(_reason(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Unavailable(_reason(error)) from error

    def refusal(self, answer: Answer, *, ordered: bool, status: int | None = None) -> ProviderError:
        """The error that an answer means, logged with the vendor's words.

        ``ordered``: the answer is to an order, so that an error nobody documented may hide an accepted task.
        ``status`` stands in for the HTTP status where the body knows better.
        """
        status = answer.status if status is None else status
        _LOG.warning("provider refused", provider=self._vendor, status=status, text=answer.text)
        detail = f"HTTP {status}: {answer.text}"
        if not ordered and status >= 500:
            return Unavailable(detail)
        kind = self._refusals.get(status) or _by_class(status)
        if issubclass(kind, RateLimited):
            return kind(detail, retry_after=answer.retry_after)
        return kind(detail)

    async def _exchange(self, method: str, url: str, body: Body | None, timeout: float, private: str) -> Answer:
        # Half the time for connecting: the deadline must never fall while nothing has been sent yet.
        connect = min(CONNECT_SECONDS, timeout / 2)
        started = time.monotonic()
        async with (
            asyncio.timeout(timeout),
            self._client.stream(
                method,
                url,
                content=None if body is None else body.content,
                headers=self._headers(body),
                timeout=httpx.Timeout(timeout, connect=connect, pool=connect),
                follow_redirects=False,
            ) as response,
        ):
            raw = await collect(response, ANSWER_MAX, "an answer")
        parsed = _json(raw)
        text = scrub(_readable(raw, parsed), self._key, private)
        answer = Answer(response.status_code, response.headers, parsed, text)
        _LOG.debug(
            "provider answered",
            provider=self._vendor,
            method=method,
            status=answer.status,
            seconds=round(time.monotonic() - started, 3),
            inference_id=answer.headers.get("x-inference-id"),
        )
        return answer

    def _headers(self, body: Body | None) -> dict[str, str]:
        if not (self._key.isascii() and self._key.isprintable()):
            raise BadKey("the key holds characters that no header can carry")
        name, prefix = self._key_header
        headers = {name: prefix + self._key, "accept": "application/json"}
        if body is None:
            return headers
        return {**headers, "content-type": "application/json", "content-length": str(len(body))}


def _by_class(status: int) -> type[ProviderError]:
    if 400 <= status < 500:
        return InvalidRequest
    # An undocumented 5xx comes from something in front of the vendor, which may have passed the order on; a
    # redirect is not followed, and means that the base address is not the API.
    return Ambiguous if status >= 500 else MalformedAnswer


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")


async def collect(response: httpx.Response, most: int, what: str) -> bytes:
    """A body of at most ``most`` bytes; a longer one raises ``MalformedAnswer``."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > most:  # what the header announced is not to be believed
            raise MalformedAnswer(f"{what} of more than {most} bytes")
    # Twenty megabytes take their time, and others want the loop.
    return await asyncio.to_thread(b"".join, chunks) if size > _JOINED else b"".join(chunks)


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):  # nested without end: json gives up with the latter
        return None


def _readable(raw: bytes, body: object) -> str:
    if len(raw) > _ERROR_MAX:
        return ""
    return raw.decode("utf-8", "replace") if body is None else words_of(body)
