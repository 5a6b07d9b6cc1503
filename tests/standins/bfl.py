"""A stand-in for Black Forest Labs: submit, poll, call back."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from itertools import cycle
from typing import Annotated, Literal

import aiohttp
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tests.standins.faults import Fault, Kind
from tests.standins.inputs import InputPicture, Ratio, ratio_of_input
from tests.standins.server import Recorded
from tests.standins.vendor import StandInTask, VendorStandIn, goes_before_acceptance

_CENTS = {"flux-kontext-pro": 4, "flux-kontext-max": 8}


class FluxKontextInputs(BaseModel):
    """The vendor's request schema; what it does not name is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)

    prompt: str
    input_image: InputPicture | None = None
    input_image_2: InputPicture | None = None
    input_image_3: InputPicture | None = None
    input_image_4: InputPicture | None = None
    seed: int | None = None
    aspect_ratio: Ratio | None = None
    output_format: Literal["jpeg", "png", "webp"] | None = "png"
    webhook_url: Annotated[str, Field(min_length=1, max_length=2083, pattern=r"^https?://")] | None = None
    webhook_secret: str | None = None
    prompt_upsampling: bool = False
    safety_tolerance: Annotated[int, Field(ge=0, le=6)] = 2


@dataclass
class BflStandIn(VendorStandIn):
    """Answers as the vendor does. The polling address is a region's: a rebuilt one finds no task."""

    retry_after: str | None = "1"
    """``Retry-After`` of every poll, as seen at the vendor."""
    waiting_words: tuple[str, ...] = ("Pending",)
    """Statuses of a running task, in turn."""
    edit_tolerance_max: int = 2
    """With input pictures the page allows 0–2."""
    credits: float = 1240.5
    tells_cost: bool = True
    webhook_proof: Literal["secret", "signature", "none"] = "secret"
    """How a call back proves itself: ``X-Webhook-Secret``, ``X-BFL-Signature``, or not at all."""
    calls_back: bool = True
    preview: dict[str, object] | None = None
    """What a running task shows of its picture."""
    webhook_answers: list[int] = field(default_factory=list[int])
    """HTTP statuses that the calls back were answered with."""
    _costs: dict[str, int] = field(default_factory=dict[str, int])
    _rebuilt_ok: set[str] = field(default_factory=set[str])
    _callbacks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _words: cycle[str] | None = None

    async def stop(self) -> None:
        for callback in self._callbacks:
            callback.cancel()
        await asyncio.gather(*self._callbacks, return_exceptions=True)
        await super().stop()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/{model:flux-kontext-(?:pro|max)}", self._submit),
            web.get("/v1/get_result", self._rebuilt_poll),
            web.get("/eu1/v1/get_result", self._poll),
            web.get("/v1/credits", self._credits),
        ]

    def is_poll(self, seen: Recorded) -> bool:
        return "/v1/get_result?" in seen.path

    def error(self, fault: Fault) -> web.Response:
        words = {
            402: "Insufficient credits",
            403: "Not authenticated - Invalid Authentication",
            429: "Too many active tasks",
        }
        return web.json_response(
            {"detail": fault.text or words.get(fault.code, f"Error {fault.code}")},
            status=fault.code,
            headers=fault.headers,
        )

    async def _submit(self, request: web.Request) -> web.StreamResponse:
        seen = await self.record(request)
        if seen.headers.get("x-key") != self.key:
            return self.error(Fault.status(403))
        fault = self.take("submit")
        if fault is not None and goes_before_acceptance(fault):
            return await self.misbehave(request, fault)
        try:
            wanted = FluxKontextInputs.model_validate(seen.body)
            self._check_tolerance(wanted)
        except ValidationError as error:
            return self._invalid(error)
        except ValueError as error:
            return self.error(Fault.status(400, str(error)))
        if self.full:
            return self.error(Fault.status(429))
        if fault is not None and fault.kind is Kind.MODERATED and fault.text == "request" and fault.code >= 400:
            return self._moderated_at_once(fault)
        task = self._begin(seen, wanted, request.match_info["model"], fault)
        answer = self._accepted(task, wanted, fault)
        if fault is not None and fault.kind in {Kind.SILENCE, Kind.CLOSE, Kind.RAW, Kind.REDIRECT}:
            return await self.misbehave(request, fault)
        return web.json_response(answer)

    def _check_tolerance(self, wanted: FluxKontextInputs) -> None:
        if wanted.input_image is not None and wanted.safety_tolerance > self.edit_tolerance_max:
            raise ValueError(f"safety_tolerance must be at most {self.edit_tolerance_max} with an input image")

    def _begin(self, seen: Recorded, wanted: FluxKontextInputs, model: str, fault: Fault | None) -> StandInTask:
        own = "1:1" if wanted.input_image is None else ratio_of_input(wanted.input_image)
        task = self.accept(
            seen,
            seed=wanted.seed,
            ratio=wanted.aspect_ratio or own,
            image_format=wanted.output_format or "png",
            fault=fault,
        )
        self._costs[task.id] = _CENTS[model]
        if wanted.webhook_url is not None:
            self._rebuilt_ok.add(task.id)
            if self.calls_back:
                callback = asyncio.create_task(self._call_back(task, wanted.webhook_url, wanted.webhook_secret or ""))
                self._callbacks.add(callback)
                callback.add_done_callback(self._callbacks.discard)
        return task

    def _accepted(self, task: StandInTask, wanted: FluxKontextInputs, fault: Fault | None) -> dict[str, object]:
        answer: dict[str, object] = {"id": task.id}
        if wanted.webhook_url is not None:
            answer |= {"status": "Pending", "webhook_url": wanted.webhook_url}
        elif fault is not None and fault.kind is Kind.FOREIGN:
            answer["polling_url"] = fault.text
        else:
            answer["polling_url"] = f"{self.url}/eu1/v1/get_result?id={task.id}"
        if self.tells_cost:
            answer |= {"cost": self._costs[task.id], "input_mp": 0.0, "output_mp": 1.05}
        return answer

    def _invalid(self, error: ValidationError) -> web.Response:
        """The vendor's 422: it repeats what it was sent, the prompt too."""
        detail = [
            {"loc": ["body", *one["loc"]], "msg": one["msg"], "type": one["type"], "input": str(one.get("input"))}
            for one in error.errors(include_url=False, include_context=False)
        ]
        return web.json_response({"detail": detail}, status=422)

    def _moderated_at_once(self, fault: Fault) -> web.Response:
        body = {"id": "none", "status": "Request Moderated", "result": None, "details": _details(fault)}
        return web.json_response(body, status=fault.code)

    async def _rebuilt_poll(self, request: web.Request) -> web.StreamResponse:
        return await self._poll(request, known=request.query.get("id", "") in self._rebuilt_ok)

    async def _poll(self, request: web.Request, *, known: bool = True) -> web.StreamResponse:
        seen = await self.record(request)
        if seen.headers.get("x-key") != self.key:
            return self.error(Fault.status(403))
        task = self.tasks.get(request.query.get("id", "")) if known else None
        answer = await self.poll_fault(request, task)
        if answer is not None:
            return answer
        headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
        if task is None:
            return web.json_response({"id": request.query.get("id"), "status": "Task not found"}, headers=headers)
        code = task.outcome.code if task.ended and task.outcome is not None else 200
        return web.json_response(self._report(task), status=code, headers=headers)

    def _report(self, task: StandInTask) -> dict[str, object]:
        """The task as ``get_result`` tells it."""
        report: dict[str, object] = {"id": task.id, "result": None, "progress": None, "details": None, "preview": None}
        if not task.ended:
            self._words = self._words or cycle(self.waiting_words)
            progress = task.progress if self.progress else None
            return report | {"status": next(self._words), "progress": progress, "preview": self.preview}
        match task.outcome:
            case Fault(kind=Kind.MODERATED) as fault:
                status = "Request Moderated" if fault.text == "request" else "Content Moderated"
                return report | {"status": status, "details": _details(fault)}
            case Fault(kind=Kind.ERROR) as fault:
                return report | {"status": "Error", "details": {"error": fault.text}}
            case Fault(kind=Kind.UNKNOWN_STATUS) as fault:
                return report | {"status": fault.text}
            case Fault(kind=Kind.NOT_FOUND):
                return report | {"status": "Task not found"}
            case _:
                result = {"sample": self.sample(task), "seed": task.seed}
                return report | {"status": "Ready", "result": result, "progress": 1.0 if self.progress else None}

    async def _call_back(self, task: StandInTask, url: str, secret: str) -> None:
        await asyncio.sleep(task.seconds)
        report = self._report(task)
        raw = json.dumps({name: report[name] for name in ("id", "status", "result", "details")}).encode()
        headers = {"Content-Type": "application/json"}
        if self.webhook_proof == "secret":
            headers["X-Webhook-Secret"] = secret
        elif self.webhook_proof == "signature":
            signature = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
            headers["X-BFL-Signature"] = f"sha256={signature}"
        timeout = aiohttp.ClientTimeout(total=5)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=raw, headers=headers) as got,
        ):
            self.webhook_answers.append(got.status)

    async def _credits(self, request: web.Request) -> web.Response:
        seen = await self.record(request)
        if seen.headers.get("x-key") != self.key:
            return self.error(Fault.status(403))
        return web.json_response({"credits": self.credits})


def _details(fault: Fault) -> dict[str, object] | None:
    return {"Moderation Reasons": list(fault.reasons)} if fault.reasons else None
