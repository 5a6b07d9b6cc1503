"""A stand-in for AI/ML API: one long POST."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal, cast

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tests.standins.faults import Fault, Kind
from tests.standins.pictures import size_of
from tests.standins.server import Recorded
from tests.standins.vendor import StandInTask, VendorStandIn, goes_before_acceptance

_USD = {"pro": 0.04, "max": 0.08}
_REASONS = {
    400: "Bad Request",
    401: "Invalid or missing API key",
    403: "You've run out of credits. Please top up your balance",
    404: "Not Found",
    429: "Too Many Requests",
    504: "Generation timeout",
}

Address = Annotated[str, Field(pattern=r"^https?://")]


class _TextToImage(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    model: Literal["flux/kontext-pro/text-to-image", "flux/kontext-max/text-to-image"]
    prompt: Annotated[str, Field(max_length=4000)]
    num_images: Annotated[int, Field(ge=1, le=4)] = 1
    seed: Annotated[int, Field(ge=1)] | None = None
    guidance_scale: Annotated[float, Field(ge=1, le=20)] | None = None
    safety_tolerance: Literal["1", "2", "3", "4", "5", "6"] = "2"
    output_format: Literal["jpeg", "png"] = "jpeg"
    aspect_ratio: Literal["21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21"] | None = None


class _ImageToImage(_TextToImage):
    model: Literal["flux/kontext-pro/image-to-image", "flux/kontext-max/image-to-image"]  # type: ignore[assignment]
    image_url: Address | Annotated[list[Address], Field(min_length=1, max_length=4)]


@dataclass
class AimlapiStandIn(VendorStandIn):
    """Answers as the vendor does, in any of its shapes. It has no tasks to ask about, and fetches no ``image_url``."""

    shape: Literal["data", "images", "b64"] = "data"
    """The answer's form: the specification's, the page's, or bytes in the answer."""
    created: bool = True
    """Whether a picture comes with 201 instead of 200."""
    status_code_as_text: bool = False
    """Whether ``statusCode`` of an error is a text."""
    tells_cost: bool = True
    balance: float = 123.45

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/images/generations", self._generate), web.get("/v2/billing", self._billing)]

    def error(self, fault: Fault) -> web.Response:
        body = {
            "message": fault.text or _REASONS.get(fault.code, "Internal server error"),
            "path": "/v1/images/generations",
            "requestId": "00000000-0000-4000-8000-000000000000",
            "statusCode": str(fault.code) if self.status_code_as_text else fault.code,
            "timestamp": datetime.now(UTC).isoformat(),
        }
        return web.json_response(body, status=fault.code, headers=fault.headers)

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        seen = await self.record(request)
        if seen.headers.get("authorization") != f"Bearer {self.key}":
            return self.error(Fault.status(401))
        fault = self.take("submit")
        if fault is not None and goes_before_acceptance(fault):
            return await self.misbehave(request, fault)
        try:
            wanted = _validated(seen)
        except ValidationError as error:
            return self._invalid(error)
        if self.full:
            return self.error(Fault.status(429))
        task = self.accept(
            seen,
            seed=wanted.seed,
            ratio=wanted.aspect_ratio or "16:9",  # the specification's default
            image_format=wanted.output_format,
            fault=fault,
        )
        await asyncio.sleep(task.seconds)
        if fault is not None:
            return await self._go_wrong(request, task, wanted, fault)
        return self._answer(task, wanted, nsfw=False)

    async def _go_wrong(
        self, request: web.Request, task: StandInTask, wanted: _TextToImage, fault: Fault
    ) -> web.StreamResponse:
        if fault.kind is Kind.MODERATED and fault.text == "request":
            text = "Your request was rejected by our content policy: " + ", ".join(fault.reasons or ("unsafe",))
            return self.error(Fault.status(400, text))
        if fault.kind is Kind.MODERATED:
            return self._answer(task, wanted, nsfw=True)
        if fault.kind is Kind.ERROR:
            return self.error(Fault.status(fault.code if fault.code >= 400 else 500, fault.text))
        return await self.misbehave(request, fault)

    def _answer(self, task: StandInTask, wanted: _TextToImage, *, nsfw: bool) -> web.Response:
        usd = _USD["max" if "kontext-max" in wanted.model else "pro"]
        headers = {"x-inference-id": task.id}
        if self.tells_cost and not nsfw:
            headers["x-aimlapi-usd-spent"] = str(usd)
        # Only the page's shape can say that a picture is unsafe.
        body = self._as_images(task, wanted, nsfw) if nsfw or self.shape == "images" else self._as_data(task, usd)
        return web.json_response(body, status=201 if self.created else 200, headers=headers)

    def _as_images(self, task: StandInTask, wanted: _TextToImage, nsfw: bool) -> dict[str, object]:
        width, height = size_of(task.ratio, self.edge)
        image = {
            "url": self.sample(task),
            "width": width,
            "height": height,
            "content_type": f"image/{task.format}",
        }
        return {
            "images": [image],
            "timings": {},
            "seed": task.seed,
            "has_nsfw_concepts": [nsfw],
            "prompt": wanted.prompt,
        }

    def _as_data(self, task: StandInTask, usd: float) -> dict[str, object]:
        as_bytes = self.shape == "b64"
        image = {
            "url": None if as_bytes else self.sample(task),
            "b64_json": base64.b64encode(self.paint(task)).decode() if as_bytes else None,
        }
        return {"data": [image], "meta": {"usage": {"credits_used": usd * 2_000_000}}}

    def _invalid(self, error: ValidationError) -> web.Response:
        """The vendor's 400, with hints."""
        hints = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return self.error(Fault.status(400, f"Validation failed. {hints}"))

    async def _billing(self, request: web.Request) -> web.Response:
        seen = await self.record(request)
        if seen.headers.get("authorization") != f"Bearer {self.key}":
            return self.error(Fault.status(401))
        return web.json_response({"current_balance": self.balance, "currency": "USD"})


def _validated(seen: Recorded) -> _TextToImage:
    edit = _model_of(seen.body).endswith("/image-to-image")
    return (_ImageToImage if edit else _TextToImage).model_validate(seen.body)


def _model_of(body: object) -> str:
    return str(cast("dict[str, object]", body).get("model", "")) if isinstance(body, dict) else ""
