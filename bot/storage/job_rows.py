"""Rows of jobs and tasks as values, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, cast

from sqlalchemy import Row

from bot.models import (
    AspectRatio,
    Failure,
    ImageFormat,
    ImageRequest,
    Job,
    JobState,
    Model,
    NewJob,
    Origin,
    Picture,
    Place,
    Reference,
    ReplyToken,
    Task,
    TaskState,
    Variation,
)

IN_ITS_CHANNEL = 0
"""The channel of a message that stands where the job was asked for, as nearly all do: it takes no byte."""


def job_values(new: NewJob) -> dict[str, Any]:
    """A new job's row."""
    plan, place = new.plan, new.place
    return {
        "code": new.code,
        "state": JobState.QUEUED,
        "worker": new.worker,
        "guild_id": place.guild_id,
        "channel_id": place.channel_id,
        "age_restricted": place.age_restricted,
        "file_limit": place.file_limit,
        "reachable": place.reachable,
        "in_thread": place.in_thread,
        "parent_channel_id": place.parent_id,
        "spoiler": plan.spoiler,
        "erase_message": False,
        "member_id": new.member.id,
        "member_name": _kept_name(new),
        **_request_values(plan.request),
        "retry_of": new.retry_of,
        "tolerance": plan.tolerance,
        "providers": ",".join(plan.providers),
        "seed": plan.seed,
        "credits": plan.credits,
        "created_at": new.created_at,
        "message_id": new.message_id,
        "message_channel_id": None,  # until it is placed: a retry must not be posted before its own placeholder
        "application_id": new.application_id,
        "event_id": new.event_id,
        "language": place.language,
    }


def _request_values(request: ImageRequest) -> dict[str, Any]:
    return {
        "prompt": request.prompt,
        "model": request.model,
        "aspect_ratio": request.aspect_ratio,
        "image_count": request.count,
        "asked_seed": request.seed,
        "guidance": request.guidance,
        "format": request.format,
        "enhance": request.enhance,
        "sources": sources_of(request.references),
        "vary": request.vary is not None,
        "strong": request.vary is Variation.STRONG,
        "origin": request.origin,
        "parent": request.parent,
    }


def added_job(new: NewJob, job_id: int, task_ids: Iterable[int]) -> Job:
    """A new job as its rows are read afterwards: reading them back would take a tenth of its acceptance."""
    plan = new.plan
    tasks = (
        Task(task_id, job_id, number, TaskState.QUEUED, plan.seed + number - 1, cost_microusd=new.estimate_microusd)
        for number, task_id in enumerate(task_ids, start=1)
    )
    return Job(
        id=job_id,
        code=new.code,
        state=JobState.QUEUED,
        member_id=new.member.id,
        member_name=_kept_name(new),
        place=new.place,
        request=plan.request,
        tolerance=plan.tolerance,
        providers=plan.providers,
        seed=plan.seed,
        created_at=new.created_at,
        message_id=new.message_id,
        event_id=new.event_id,
        reply=new.reply,
        tasks=tuple(tasks),
        spoiler=plan.spoiler,
        worker=new.worker,
    )


def _kept_name(new: NewJob) -> str:
    return new.member.name[:100]


def job_of(
    row: Row[Any],
    tasks: tuple[Task, ...] = (),
    pictures: tuple[Picture, ...] = (),
    reply: ReplyToken | None = None,
) -> Job:
    """A job from its row, and what stands in others."""
    return Job(
        id=row.id,
        code=row.code,
        state=JobState(row.state),
        member_id=row.member_id,
        member_name=row.member_name,
        place=Place(
            row.channel_id,
            row.guild_id,
            row.age_restricted,
            row.file_limit,
            row.reachable,
            row.in_thread,
            row.parent_channel_id,
            row.language,
        ),
        request=_request_of(row),
        tolerance=row.tolerance,
        providers=tuple(row.providers.split(",")),
        seed=row.seed,
        created_at=row.created_at,
        message_id=row.message_id,
        message_channel_id=row.channel_id if row.message_channel_id == IN_ITS_CHANNEL else row.message_channel_id,
        event_id=row.event_id,
        reply=reply,
        failure=None if row.failure is None else Failure(row.failure),
        finished_at=row.finished_at,
        tasks=tasks,
        pictures=pictures,
        spoiler=row.spoiler,
        worker=row.worker,
    )


def _request_of(row: Row[Any]) -> ImageRequest:
    return ImageRequest(
        prompt=row.prompt,
        model=Model(row.model),
        aspect_ratio=None if row.aspect_ratio is None else AspectRatio(row.aspect_ratio),
        count=row.image_count,
        seed=row.asked_seed,
        guidance=row.guidance,
        format=ImageFormat(row.format),
        enhance=row.enhance,
        references=references_of(row.sources),
        vary=(Variation.STRONG if row.strong else Variation.SUBTLE) if row.vary else None,
        origin=Origin(row.origin),
        parent=row.parent,
    )


def sources_of(references: Sequence[Reference]) -> str:
    """References as they are kept: what is None or False is left out."""
    if not references:
        return "[]"
    kept = [{name: value for name, value in asdict(one).items() if value not in (None, False)} for one in references]
    return json.dumps(kept, separators=(",", ":"))


def references_of(text: str) -> tuple[Reference, ...]:
    """References as they were kept; the first schema kept pairs of address and code."""
    if text == "[]":
        return ()
    kept: list[Any] = json.loads(text)
    nowhere: dict[str, Any] = {"url": None}
    return tuple(
        Reference(**nowhere | cast(dict[str, Any], one)) if isinstance(one, dict) else Reference(one[0], one[1])
        for one in kept
    )


def task_of(row: Row[Any]) -> Task:
    """A task from its row."""
    return Task(
        id=row.id,
        job_id=row.job_id,
        number=row.number,
        state=TaskState(row.state),
        seed=row.seed,
        provider=row.provider,
        submitted_at=row.submitted_at,
        failure=None if row.failure is None else Failure(row.failure),
        cost_microusd=row.cost_microusd,
        bad_source=row.bad_source,
    )
