"""Finished pictures as rows, and their bytes for as long as they have not been posted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import Row, Select, Text, bindparam, delete, insert, select, update

from bot.models import ImageFormat, Picture
from bot.storage.compiled import Compiled
from bot.storage.database import Connection
from bot.storage.tables import kept_images, picture_addresses, pictures, tasks

_SHOWN = select(
    pictures, tasks.c.job_id, tasks.c.number, tasks.c.seed, tasks.c.provider, picture_addresses.c.url
).select_from(
    tasks.join(pictures, pictures.c.task_id == tasks.c.id).outerjoin(
        picture_addresses, picture_addresses.c.task_id == pictures.c.task_id
    )
)
_ITS = tasks.c.job_id == bindparam("p_job")
_OF_JOB = Compiled(_SHOWN.where(_ITS).order_by(tasks.c.number))
_KEPT = Compiled(
    select(tasks.c.number, kept_images.c.data)
    .join(tasks, tasks.c.id == kept_images.c.task_id)
    .where(kept_images.c.job_id == bindparam("p_job"))
)
_INSERT_PICTURE = Compiled(insert(pictures))
_INSERT_KEPT = Compiled(insert(kept_images))
_DROP_KEPT = Compiled(delete(kept_images).where(kept_images.c.job_id == bindparam("p_job")))
_ONE_TASK = select(tasks.c.id).where(_ITS, tasks.c.number == bindparam("p_number")).scalar_subquery()
_POSTED = Compiled(
    update(pictures).where(pictures.c.task_id == _ONE_TASK).values(attachment_id=bindparam("p_attachment"))
)
_FOUND_AT = Compiled(
    insert(picture_addresses).from_select(
        ["task_id", "url"],
        select(pictures.c.task_id, bindparam("p_url", type_=Text)).where(pictures.c.task_id == _ONE_TASK),
    )
)


def keep(connection: Connection, task_id: int, picture: Picture, data: bytes) -> None:
    """Keep a picture's facts for good and its bytes until they are posted."""
    facts = {
        "task_id": task_id,
        "width": picture.width,
        "height": picture.height,
        "format": picture.format,
        "size": picture.size,
    }
    _INSERT_PICTURE.run_later(connection, facts)
    _INSERT_KEPT.run_later(connection, {"task_id": task_id, "job_id": picture.job_id, "data": data})


def of_job(connection: Connection, job_id: int) -> Callable[[str], tuple[Picture, ...]]:
    """A job's pictures in their order, once its code is told."""
    rows = _OF_JOB.rows_later(connection, {"p_job": job_id})
    return lambda code: tuple(_picture(row, code) for row in rows())


def of_jobs(connection: Connection, codes: Mapping[int, str]) -> dict[int, tuple[Picture, ...]]:
    """The pictures of several jobs, whose codes are given by their ids."""
    query = _SHOWN.where(tasks.c.job_id.in_(codes)).order_by(tasks.c.job_id, tasks.c.number)
    found: dict[int, tuple[Picture, ...]] = {}
    for row in connection.execute(query):
        found[row.job_id] = (*found.get(row.job_id, ()), _picture(row, codes[row.job_id]))
    return found


def kept(connection: Connection, job_id: int) -> dict[int, bytes]:
    """The bytes of a job's pictures that wait to be posted, by the picture's number."""
    return {row.number: row.data for row in _KEPT.rows(connection, {"p_job": job_id})}


def drop_kept(connection: Connection, job_id: int) -> None:
    """Forget the bytes of a job's pictures."""
    _DROP_KEPT.run_later(connection, {"p_job": job_id})


def forget_all(connection: Connection, job_id: int) -> None:
    """Forget a cancelled job's pictures: they were never shown."""
    drop_kept(connection, job_id)
    connection.execute(delete(pictures).where(pictures.c.task_id.in_(_tasks_of([job_id]))))


def posted(connection: Connection, job_id: int, attachments: Mapping[int, tuple[int, str]]) -> None:
    """Remember where Discord keeps the pictures: attachment id and address by the picture's number."""
    if not attachments:
        return
    rows = [
        {"p_job": job_id, "p_number": number, "p_attachment": found, "p_url": url}
        for number, (found, url) in attachments.items()
    ]
    _POSTED.run_later(connection, *rows)
    _FOUND_AT.run_later(connection, *rows)


def forget_attachments(connection: Connection, job_ids: Collection[int]) -> None:
    """Which files of Discord's some jobs' pictures are is not to be known any more."""
    its = pictures.c.task_id.in_(_tasks_of(job_ids))
    connection.execute(update(pictures).where(its).values(attachment_id=None))


def forget_addresses(connection: Connection, job_ids: Collection[int]) -> None:
    """Where Discord showed some jobs' pictures is not to be known any more."""
    connection.execute(delete(picture_addresses).where(picture_addresses.c.task_id.in_(_tasks_of(job_ids))))


def _tasks_of(job_ids: Collection[int]) -> Select[int]:
    return select(tasks.c.id).where(tasks.c.job_id.in_(job_ids))


def _picture(row: Row[Any], code: str) -> Picture:
    return Picture(
        code=f"{code}-{row.number}",
        job_id=row.job_id,
        number=row.number,
        seed=row.seed,
        width=row.width,
        height=row.height,
        format=ImageFormat(row.format),
        provider=row.provider,
        size=row.size,
        attachment_id=row.attachment_id,
        url=row.url,
    )
