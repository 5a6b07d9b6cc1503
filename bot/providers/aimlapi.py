"""AI/ML API: one long POST that answers with the picture."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from types import MappingProxyType

import httpx

from bot.errors import InvalidRequest, MalformedAnswer, Moderated, OutOfFunds, ProviderError
from bot.models import AspectRatio, Model
from bot.providers.base import Balance, Capabilities, Finished, NotYet, ReferenceImage, TaskRequest, Ticket
from bot.providers.body import Base64, encode
from bot.providers.download import Downloader, Limits
from bot.providers.inputs import nearest_name
from bot.providers.wire import WHILE_IT_WORKS, Answer, Maybe, VendorModel, Wire, parse
from bot.providers.wording import is_moderation

# Its page says that failed requests are free; that is not relied on.
_REFUSALS: Mapping[int, type[ProviderError]] = MappingProxyType({403: OutOfFunds, **WHILE_IT_WORKS})


class _Image(VendorModel):
    url: Maybe[str] = None
    b64_json: Maybe[str] = None


class _Images(VendorModel):
    """Both documented shapes: ``data`` in the specification, ``images`` in the page's example."""

    data: Maybe[list[_Image]] = None
    images: Maybe[list[_Image]] = None
    has_nsfw_concepts: Maybe[bool | list[bool]] = None


class _Fault(VendorModel):
    statusCode: Maybe[int] = None  # noqa: N815  # the vendor's spelling; a number or a text


class _Billing(VendorModel):
    current_balance: float
    currency: Maybe[str] = None


class Aimlapi:
    """FLUX.1 Kontext at a reseller that answers in one call."""

    name = "aimlapi"
    capabilities = Capabilities(
        models=frozenset(Model),
        text_tolerance=range(1, 7),
        edit_tolerance=range(1, 7),
        slots=MappingProxyType(dict.fromkeys(Model, 8)),  # no limit is published; a 429 still slows us down
        prices=MappingProxyType({Model.PRO: 40_000, Model.MAX: 80_000}),
        guidance=True,
    )

    def __init__(
        self,
        client: httpx.AsyncClient,
        key: str,
        base_url: str,
        *,
        ask_seconds: float = 15.0,
        limits: Limits | None = None,
    ) -> None:
        """``ask_seconds`` is how long the question for the balance may take; ``limits`` bound a download."""
        self._wire = Wire(
            client,
            vendor=self.name,
            base_url=base_url,
            key=key,
            key_header=("authorization", "Bearer "),
            refusals=_REFUSALS,
        )
        self._downloader = Downloader(client, base_url, limits)
        self._ask_seconds = ask_seconds

    async def submit(self, request: TaskRequest, *, timeout: float) -> Finished:
        """Ask for a picture and wait for it. See ``Provider.submit`` for the errors."""
        answer = await self._wire.order(
            "/v1/images/generations", encode(_body(request)), timeout=timeout, private=request.prompt
        )
        status = _status(answer)
        if status >= 300:
            raise self._refusal(answer, status)
        return _picture(parse(_Images, answer), _cost(answer))

    async def poll(self, ticket: Ticket) -> NotYet | Finished:  # noqa: ARG002
        """Never to be asked: the answer to ``submit`` is the end."""
        raise MalformedAnswer("this vendor has no tasks to ask about")

    async def fetch(self, finished: Finished) -> bytes:
        """The picture's bytes, from the answer or from its address."""
        return await self._downloader.fetch(finished.url or "") if finished.data is None else finished.data

    async def balance(self) -> Balance:
        """Money left (``GET /v2/billing``; the specification says always US dollars)."""
        answer = await self._wire.ask("/v2/billing", timeout=self._ask_seconds)
        if not answer.ok:
            raise self._wire.refusal(answer, ordered=False)
        billing = parse(_Billing, answer)
        unit = "$" if billing.currency in {None, "", "USD"} else f"{billing.currency} "
        return Balance(f"{unit}{billing.current_balance:,.2f}", empty=billing.current_balance <= 0)

    def _refusal(self, answer: Answer, status: int) -> ProviderError:
        error = self._wire.refusal(answer, ordered=True, status=status)
        if isinstance(error, InvalidRequest) and is_moderation(answer.text):
            return Moderated(error.detail, reasons=(answer.text[:100],))
        return error


def _body(request: TaskRequest) -> dict[str, object]:
    """One picture a call: with more, only the first one's seed would be known."""
    edit = bool(request.references)
    body: dict[str, object] = {
        "model": f"flux/kontext-{request.model.value}/{'image-to-image' if edit else 'text-to-image'}",
        "prompt": request.prompt,
        "num_images": 1,
        "seed": request.seed,
        "safety_tolerance": str(request.tolerance),
        "output_format": request.format.value,
        # Always: page and specification disagree on the default, which for an edit is 16:9 of whatever it is given.
        "aspect_ratio": nearest_name(request.aspect_ratio, request.references) or AspectRatio.R1_1.value,
    }
    if request.guidance is not None:
        body["guidance_scale"] = request.guidance
    if edit:
        urls = [_address(reference) for reference in request.references]
        body["image_url"] = urls[0] if len(urls) == 1 else urls
    return body


def _address(reference: ReferenceImage) -> str | Base64:
    """Where the vendor finds a picture to start from.

    It takes addresses only (specification: ``format: uri``). A member's file that had to be cleaned has none, so its
    bytes go as a data URI: an address too, though no page of the vendor's shows one.
    """
    if reference.url is not None:
        return reference.url
    kind = "image/png" if reference.data.startswith(b"\x89PNG") else "image/jpeg"
    return Base64(reference.data, f"data:{kind};base64,")


def _status(answer: Answer) -> int:
    """The HTTP status, or the error status that the body claims under a 2xx."""
    if not answer.ok:
        return answer.status
    fault = parse(_Fault, answer)
    return fault.statusCode if fault.statusCode is not None and fault.statusCode >= 400 else answer.status


def _picture(answer: _Images, cost: int | None) -> Finished:
    flags = answer.has_nsfw_concepts
    if flags is True or (isinstance(flags, list) and any(flags)):
        raise Moderated("has_nsfw_concepts", reasons=("nsfw",))
    images = answer.data or answer.images
    if not images:
        raise MalformedAnswer("an answer without images")
    if images[0].url:
        return Finished(url=images[0].url, cost_microusd=cost)
    return Finished(data=_decoded(images[0].b64_json), cost_microusd=cost)


def _decoded(text: str | None) -> bytes:
    if not text:
        raise MalformedAnswer("an image with neither address nor bytes")
    try:
        # Some vendors write a data URI here; its base64 begins after the comma.
        return base64.b64decode(text.rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedAnswer("b64_json is not base64") from error


def _cost(answer: Answer) -> int | None:
    """Millionths of a dollar, where the vendor says what it charged."""
    try:
        return round(float(answer.headers.get("x-aimlapi-usd-spent", "")) * 1_000_000)
    except (ValueError, OverflowError):
        return None
