"""Vtrix: submit, then poll by the task's id."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from urllib.parse import quote

import httpx

from bot.errors import GenerationFailed, InvalidRequest, MalformedAnswer, Moderated, OutOfFunds, ProviderError, TimedOut
from bot.models import Model
from bot.providers.base import Accepted, Capabilities, Finished, NotYet, TaskRequest, Ticket
from bot.providers.body import Body, encode
from bot.providers.download import Downloader, Limits
from bot.providers.inputs import input_images, nearest_name
from bot.providers.wire import Answer, Maybe, VendorModel, Wire, parse
from bot.providers.wording import is_moderation, scrub

_PATH = "/model/v1/generation"
_REFUSALS: Mapping[int, type[ProviderError]] = MappingProxyType({402: OutOfFunds, 403: OutOfFunds})
_WAITING = frozenset({"pending", "processing", "in_progress"})


class _Content(VendorModel):
    type: Maybe[str] = None
    url: Maybe[str] = None


class _Output(VendorModel):
    content: Maybe[list[_Content]] = None


class _Error(VendorModel):
    code: Maybe[str] = None
    message: Maybe[str] = None
    error_message: Maybe[str] = None


class _Usage(VendorModel):
    cost: Maybe[str] = None


class _Task(VendorModel):
    id: Maybe[str] = None
    status: Maybe[str] = None
    progress: Maybe[float] = None
    output: Maybe[list[_Output]] = None
    error: Maybe[_Error | str] = None
    usage: Maybe[_Usage] = None


class Vtrix:
    """FLUX.1 Kontext at a reseller with tasks."""

    name = "vtrix"
    capabilities = Capabilities(
        models=frozenset(Model),
        text_tolerance=range(1, 7),  # the text calls 0 the strictest, the range says 1–6: what both allow
        edit_tolerance=range(1, 7),
        slots=MappingProxyType(dict.fromkeys(Model, 8)),  # no limit is published; a 429 still slows us down
        prices=MappingProxyType({Model.PRO: 40_000, Model.MAX: 80_000}),
        enhance=True,
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
            client,
            vendor=self.name,
            base_url=base_url,
            key=key,
            key_header=("authorization", "Bearer "),
            refusals=_REFUSALS,
        )
        self._downloader = Downloader(client, base_url, limits)
        self._ask_seconds = ask_seconds

    async def submit(self, request: TaskRequest, *, timeout: float) -> Accepted | Finished:
        """Hand in a task; it costs from here on. See ``Provider.submit`` for the errors."""
        answer = await self._wire.order(_PATH, _body(request), timeout=timeout, private=request.prompt)
        if not answer.ok:
            raise self._refusal(answer)
        task = parse(_Task, answer)
        if task.status is not None or not task.id:
            state = _outcome(task, None, private=request.prompt)
            if isinstance(state, Finished):
                return state
        if not task.id:
            raise MalformedAnswer("accepted, but without an id")
        return Accepted(Ticket(task.id), _cost(task), answer.retry_after)

    async def poll(self, ticket: Ticket) -> NotYet | Finished:
        """Ask for a task's status; one that the vendor does not know (404) will never end, and is ``TimedOut``."""
        address = f"{_PATH}/task/{quote(ticket.remote_id, safe='')}"
        answer = await self._wire.ask(address, timeout=self._ask_seconds)
        if answer.status == 404:
            raise TimedOut(f"the vendor no longer knows the task: {answer.text}")
        if not answer.ok:
            raise self._wire.refusal(answer, ordered=False)
        return _outcome(parse(_Task, answer), answer.retry_after)

    async def fetch(self, finished: Finished) -> bytes:
        """The picture's bytes."""
        return await self._downloader.fetch(finished.url or "")

    async def balance(self) -> None:
        """None: no question for the balance is known."""
        return

    def _refusal(self, answer: Answer) -> ProviderError:
        error = self._wire.refusal(answer, ordered=True)
        if isinstance(error, InvalidRequest) and is_moderation(answer.text):
            return Moderated(error.detail, reasons=(answer.text[:100],))
        return error


def _body(request: TaskRequest) -> Body:
    """The nested form that the vendor's own client sends for its other models; the page lists the fields flat."""
    params: dict[str, object] = {
        "prompt": request.prompt,
        "seed": request.seed,
        "output_format": request.format.value,
        "prompt_upsampling": request.enhance,
        "safety_tolerance": request.tolerance,
        **input_images(request.references),
    }
    ratio = nearest_name(request.aspect_ratio, request.references)
    if ratio is not None:
        params["aspect_ratio"] = ratio
    return encode({"model": f"flux_kontext_{request.model.value}", "input": [{"params": params}]})


def _outcome(task: _Task, retry_after: float | None, *, private: str = "") -> NotYet | Finished:
    if task.status in _WAITING:
        known = task.progress is not None and 0 <= task.progress <= 1
        return NotYet(task.progress if known else None, retry_after)
    if task.status == "completed":
        return Finished(url=_address(task), cost_microusd=_cost(task))
    text = scrub(_error_text(task.error), private)
    if is_moderation(text):
        raise Moderated(text, reasons=(text[:100],))
    if (task.status or "").lower() in {"failed", "error"}:
        raise GenerationFailed(text)
    raise MalformedAnswer(f"the task ended as {(task.status or '')[:60]!r}: {text}")


def _address(task: _Task) -> str:
    for output in task.output or ():
        for content in output.content or ():
            if content.url and content.type in {None, "image"}:
                return content.url
    raise MalformedAnswer("completed, but without an image")


def _error_text(error: _Error | str | None) -> str:
    if isinstance(error, _Error):
        return " | ".join(part for part in (error.code, error.message, error.error_message) if part)
    return error or ""


def _cost(task: _Task) -> int | None:
    """Millionths of a dollar, where the vendor says what it charged (``usage.cost`` is a text of US dollars)."""
    if task.usage is None or task.usage.cost is None:
        return None
    try:
        return round(Decimal(task.usage.cost.lstrip("$")) * 1_000_000)
    except (InvalidOperation, OverflowError, ValueError):
        return None
