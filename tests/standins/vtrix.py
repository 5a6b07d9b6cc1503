"""A stand-in for Vtrix: submit, poll by id."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import cycle
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tests.standins.faults import Fault, Kind
from tests.standins.inputs import InputPicture, Ratio, ratio_of_input
from tests.standins.server import Recorded
from tests.standins.vendor import StandInTask, VendorStandIn, goes_before_acceptance

_USD = {"flux_kontext_pro": "0.040", "flux_kontext_max": "0.080"}
_REASONS = {
    401: "invalid api key",
    402: "insufficient balance",
    403: "insufficient balance",
    429: "rate limit exceeded",
}


class _Params(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    prompt: str
    input_image: InputPicture | None = None
    input_image_2: InputPicture | None = None
    input_image_3: InputPicture | None = None
    input_image_4: InputPicture | None = None
    seed: int | None = None
    aspect_ratio: Ratio | None = None
    output_format: Literal["jpeg", "png"] = "jpeg"
    prompt_upsampling: bool = False
    safety_tolerance: Annotated[int, Field(ge=1, le=6)] = 2


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    params: _Params


class _Generation(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    model: Literal["flux_kontext_pro", "flux_kontext_max"]
    input: Annotated[list[_Input], Field(min_length=1, max_length=1)]


@dataclass
class VtrixStandIn(VendorStandIn):
    """Answers as the vendor does, in both forms of its errors."""

    error_as_object: bool = True
    """Whether a task's error has ``code`` and ``message``, or is a text."""
    waiting_words: tuple[str, ...] = ("pending", "processing", "in_progress")
    """Statuses of a running task, in turn."""
    at_once: bool = False
    """Whether the answer to a submit is already the finished task."""
    _models: dict[str, str] = field(default_factory=dict[str, str])
    _words: cycle[str] | None = None

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/model/v1/generation", self._submit), web.get("/model/v1/generation/task/{id}", self._poll)]

    def is_poll(self, seen: Recorded) -> bool:
        return seen.path.startswith("/model/v1/generation/task/")

    def error(self, fault: Fault) -> web.Response:
        text = fault.text or _REASONS.get(fault.code, f"error {fault.code}")
        error = {"code": f"E{fault.code}", "message": text} if self.error_as_object else text
        return web.json_response({"error": error}, status=fault.code, headers=fault.headers)

    async def _submit(self, request: web.Request) -> web.StreamResponse:
        seen = await self.record(request)
        if seen.headers.get("authorization") != f"Bearer {self.key}":
            return self.error(Fault.status(401))
        fault = self.take("submit")
        if fault is not None and goes_before_acceptance(fault):
            return await self.misbehave(request, fault)
        try:
            wanted = _Generation.model_validate(seen.body)
        except ValidationError as error:
            hints = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            return self.error(Fault.status(400, hints))
        if self.full:
            return self.error(Fault.status(429))
        task = self._begin(seen, wanted, fault)
        if fault is not None and fault.kind in {Kind.SILENCE, Kind.CLOSE, Kind.RAW, Kind.REDIRECT}:
            return await self.misbehave(request, fault)
        return web.json_response(self._report(task) if self.at_once else self._waiting(task))

    def _begin(self, seen: Recorded, wanted: _Generation, fault: Fault | None) -> StandInTask:
        params = wanted.input[0].params
        own = "1:1" if params.input_image is None else ratio_of_input(params.input_image)
        task = self.accept(
            seen,
            seed=params.seed,
            ratio=params.aspect_ratio or own,
            image_format=params.output_format,
            fault=fault,
        )
        self._models[task.id] = wanted.model
        return task

    async def _poll(self, request: web.Request) -> web.StreamResponse:
        seen = await self.record(request)
        if seen.headers.get("authorization") != f"Bearer {self.key}":
            return self.error(Fault.status(401))
        task = self.tasks.get(request.match_info["id"])
        answer = await self.poll_fault(request, task)
        if answer is not None:
            return answer
        if task is None or (task.outcome is not None and task.outcome.kind is Kind.NOT_FOUND):
            return self.error(Fault.status(404, "task not found"))
        code = task.outcome.code if task.ended and task.outcome is not None else 200
        return web.json_response(self._report(task), status=code)

    def _waiting(self, task: StandInTask) -> dict[str, object]:
        self._words = self._words or cycle(self.waiting_words)
        answer: dict[str, object] = {
            "id": task.id,
            "created_at": 1_750_000_000,
            "status": next(self._words),
            "model": self._models[task.id],
            "metadata": {},
        }
        return answer | {"progress": task.progress} if self.progress else answer

    def _report(self, task: StandInTask) -> dict[str, object]:
        """The task as the vendor tells it."""
        report = self._waiting(task)
        if not task.ended:
            return report
        match task.outcome:
            case Fault(kind=Kind.MODERATED) as fault:
                reasons = f" ({', '.join(fault.reasons)})" if fault.reasons else ""
                return report | self._failed("content_moderated", f"{fault.text} violates the content policy{reasons}")
            case Fault(kind=Kind.ERROR) as fault:
                return report | self._failed("generation_failed", fault.text)
            case Fault(kind=Kind.UNKNOWN_STATUS) as fault:
                return report | {"status": fault.text}
            case _:
                content = [{"type": "image", "url": self.sample(task)}]
                usage = {"cost": _USD[self._models[task.id]], "discount": 1}
                return report | {"status": "completed", "output": [{"content": content}], "usage": usage}

    def _failed(self, code: str, text: str) -> dict[str, object]:
        return {"status": "failed", "error": {"code": code, "message": text} if self.error_as_object else text}
