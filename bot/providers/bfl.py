"""Black Forest Labs: submit, then poll the address that came back, or be called back."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import cast
from urllib.parse import quote

import httpx

from bot.errors import BadKey, GenerationFailed, MalformedAnswer, Moderated, OutOfFunds, ProviderError, TimedOut
from bot.models import Model
from bot.providers.base import (
    Accepted,
    Balance,
    Capabilities,
    Finished,
    NotYet,
    TaskRequest,
    Ticket,
)
from bot.providers.body import Body, encode
from bot.providers.download import Downloader, Limits, may_visit
from bot.providers.inputs import input_images, own_ratio
from bot.providers.wire import Answer, Maybe, VendorModel, Wire, parse

MICROUSD_PER_CREDIT = 10_000
"""A credit is one US cent (vendor's pricing page)."""

_REFUSALS: Mapping[int, type[ProviderError]] = MappingProxyType({402: OutOfFunds, 403: BadKey})

_MODERATED = frozenset({"Request Moderated", "Content Moderated"})
_ENDED = _MODERATED | {"Ready", "Error", "Task not found"}
_WAITING = frozenset({"Pending", "Queued", "Processing", "Reasoning", "Generating"})
# The specification has six words; the page adds Queued and Processing, newer models Reasoning and Generating.


class _Submitted(VendorModel):
    id: str
    polling_url: Maybe[str] = None
    cost: Maybe[float] = None


class _Sample(VendorModel):
    sample: Maybe[str] = None


class _Report(VendorModel):
    status: str
    result: Maybe[_Sample] = None
    progress: Maybe[float] = None
    details: Maybe[dict[str, object]] = None
    preview: Maybe[dict[str, object]] = None


class _Credits(VendorModel):
    credits: float


class Bfl:
    """FLUX.1 Kontext at its maker."""

    name = "bfl"
    capabilities = Capabilities(
        models=frozenset(Model),
        text_tolerance=range(7),
        edit_tolerance=range(3),  # the page: 0–2; the specification's 0–6 is not tried with a member's picture
        slots=MappingProxyType({Model.PRO: 24, Model.MAX: 6}),
        prices=MappingProxyType({Model.PRO: 40_000, Model.MAX: 80_000}),
        enhance=True,
        webhooks=True,
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
        """``ask_seconds`` is how long a poll may take; ``limits`` bound a picture's download."""
        self._wire = Wire(
            client, vendor=self.name, base_url=base_url, key=key, key_header=("x-key", ""), refusals=_REFUSALS
        )
        self._downloader = Downloader(client, base_url, limits)
        self._base = httpx.URL(base_url)
        self._ask_seconds = ask_seconds

    async def submit(self, request: TaskRequest, *, timeout: float) -> Accepted:
        """Hand in a task; it costs from here on. See ``Provider.submit`` for the errors."""
        path = f"/v1/flux-kontext-{request.model.value}"
        answer = await self._wire.order(path, _body(request), timeout=timeout, private=request.prompt)
        report = _report(answer)
        if report is not None and report.status in _MODERATED:
            raise _moderated(report)
        if not answer.ok:
            raise self._wire.refusal(answer, ordered=True)
        taken = parse(_Submitted, answer)
        if not taken.id or (taken.polling_url and not self._trusts(taken.polling_url)):
            raise MalformedAnswer("accepted, but with no address that the key may be sent to")
        cost = None if taken.cost is None else round(taken.cost * MICROUSD_PER_CREDIT)
        return Accepted(Ticket(taken.id, taken.polling_url or None), cost, answer.retry_after)

    async def poll(self, ticket: Ticket) -> NotYet | Finished:
        """Ask for a task's status, at the address that the vendor gave (it names a region's host).

        ``Task not found`` there means that the vendor has dropped the task: ``TimedOut``. At an address of our own
        making it only means another region (a task with a webhook comes without an address): not yet, the call back
        or the deadline will end it.
        """
        url = ticket.polling_url or f"{self._wire.base_url}/v1/get_result?id={quote(ticket.remote_id, safe='')}"
        if not self._trusts(url):
            raise MalformedAnswer("a stored polling address that the key may not be sent to")
        answer = await self._wire.ask(url, timeout=self._ask_seconds)
        report = _report(answer)
        # A task's end can come with an HTTP error, and then the body is right.
        if not answer.ok and (report is None or report.status not in _ENDED):
            raise self._wire.refusal(answer, ordered=False)
        if report is None:
            raise MalformedAnswer("a poll's answer without a status")
        if report.status == "Task not found" and ticket.polling_url is None:
            return NotYet(retry_after=answer.retry_after)
        return _outcome(report, answer.retry_after, self._preview(report))

    async def fetch(self, finished: Finished) -> bytes:
        """The picture's bytes; its address dies ten minutes after the task ended (vendor's page)."""
        return finished.data or await self._downloader.fetch(finished.url or "")

    def _preview(self, report: _Report) -> Finished | None:
        """What there is of the picture so far; the specification does not name the fields of ``preview``."""
        for said in (report.preview or {}).values():
            head, _, rest = said.partition(",") if isinstance(said, str) else ("", "", "")
            if head.startswith("data:image/") and head.endswith(";base64"):
                with contextlib.suppress(binascii.Error):
                    return Finished(data=base64.b64decode(rest, validate=True))
            elif isinstance(said, str) and self._trusts(said):
                return Finished(url=said)
        return None

    async def balance(self) -> Balance:
        """Credits left, of one cent each."""
        answer = await self._wire.ask("/v1/credits", timeout=self._ask_seconds)
        if not answer.ok:
            raise self._wire.refusal(answer, ordered=False)
        left = parse(_Credits, answer).credits
        return Balance(f"{left:,.10g} credits", empty=left <= 0)

    def _trusts(self, address: str) -> bool:
        """Whether the key may go there: https on ``*.bfl.ai``, or the host that the operator configured."""
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            return False
        vendors = url.scheme == "https" and not url.userinfo and (url.host == "bfl.ai" or url.host.endswith(".bfl.ai"))
        return vendors or may_visit(url, self._base)


def _body(request: TaskRequest) -> Body:
    """The request's JSON. Sent though optional: the format (page and specification disagree on its default)."""
    body: dict[str, object] = {
        "prompt": request.prompt,
        "seed": request.seed,
        "output_format": request.format.value,
        "prompt_upsampling": request.enhance,
        "safety_tolerance": request.tolerance,
        **input_images(request.references),
    }
    ratio = own_ratio(request.aspect_ratio, request.references)
    if ratio is not None:
        body["aspect_ratio"] = ratio
    if request.webhook is not None:
        body |= {"webhook_url": request.webhook.url, "webhook_secret": request.webhook.secret}
    return encode(body)


def _report(answer: Answer) -> _Report | None:
    """The task's status, where the body holds one."""
    try:
        return parse(_Report, answer)
    except MalformedAnswer:
        return None


def _outcome(report: _Report, retry_after: float | None, preview: Finished | None) -> NotYet | Finished:
    if report.status in _WAITING:
        known = report.progress is not None and 0 <= report.progress <= 1
        return NotYet(report.progress if known else None, retry_after, preview)
    if report.status == "Ready":
        if report.result is None or not report.result.sample:
            raise MalformedAnswer("ready, but without a sample")
        return Finished(url=report.result.sample)
    if report.status in _MODERATED:
        raise _moderated(report)
    if report.status == "Task not found":
        raise TimedOut("the vendor no longer knows the task")
    if report.status.lower() in {"error", "failed"}:
        raise GenerationFailed("the vendor could not make it")
    raise MalformedAnswer(f"the task ended as {report.status[:60]!r}")


def _moderated(report: _Report) -> Moderated:
    said = (report.details or {}).get("Moderation Reasons")
    reasons = cast(list[object], said) if isinstance(said, list) else [said] if said else []
    return Moderated(report.status, reasons=tuple(str(reason)[:100] for reason in reasons))
