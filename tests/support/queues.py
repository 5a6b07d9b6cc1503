"""Tasks that wait or run, as rows of the database and as a queue holds them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, insert

from bot.models import JobState, Model, OpenTask, TaskState
from bot.providers.base import Capabilities
from bot.storage import tables

APPLICATION = 5


class Asked(NamedTuple):
    """One task of a job of its own; ``runs`` names the provider where it takes a slot already."""

    server: int | None
    member: int
    model: Model
    providers: str
    tried: str
    runs: str | None
    application: int


def offers(slots: int) -> dict[str, Capabilities]:
    models = {Model.PRO: slots, Model.MAX: max(1, slots // 2)}
    return {name: Capabilities(frozenset(Model), range(7), range(7), models, dict.fromkeys(Model, 1)) for name in "ab"}


def enter(connection: Connection, number: int, asked: Asked) -> OpenTask:
    """A task as a row, and as the queue holds it."""
    row = {
        "id": number, "code": f"c{number}", "state": JobState.QUEUED, "worker": "x", "guild_id": asked.server,
        "channel_id": 1, "age_restricted": False, "file_limit": 1, "member_id": asked.member, "member_name": "m",
        "prompt": "p", "model": asked.model, "image_count": 1, "format": "png", "enhance": False, "sources": "[]",
        "vary": False, "origin": "imagine", "tolerance": 2, "providers": asked.providers, "seed": 1, "credits": 1,
        "created_at": 1, "application_id": asked.application,
    }  # fmt: skip
    connection.execute(insert(tables.jobs), row)
    state = TaskState.QUEUED if asked.runs is None else TaskState.RUNNING
    task = {"id": number, "job_id": number, "number": 1, "state": state, "seed": 1, "tried": asked.tried}
    task |= {"cost_microusd": 1, "created_at": 1, "slot": asked.runs, "worker": asked.runs and "other"}
    connection.execute(insert(tables.tasks), task)
    providers, tried = tuple(asked.providers.split(",")), tuple(one for one in [asked.tried] if one)
    return OpenTask(number, number, asked.member, asked.model, providers, tried, 1, state, 1, 1, guild_id=asked.server)
