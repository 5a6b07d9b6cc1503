"""The bot's public messages beside those of jobs: which pictures each shows and whom it names, as rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, delete, insert, select, update

from bot.models import Post
from bot.storage.database import Connection
from bot.storage.tables import post_jobs, posts


def add(connection: Connection, post: Post, job_ids: Iterable[int] = ()) -> None:
    """Remember a message, and the jobs whose pictures or words it shows."""
    values = {"message_id": post.message_id, "channel_id": post.channel_id, "guild_id": post.guild_id}
    names = {"member_id": post.member_id, "application_id": post.application_id, "erase": False}
    connection.execute(insert(posts).values(**values, **names))
    rows = [{"message_id": post.message_id, "job_id": one} for one in sorted(set(job_ids))]
    if rows:
        connection.execute(insert(post_jobs), rows)


def exists(connection: Connection, message_id: int) -> bool:
    """Whether a message is one of these."""
    return connection.execute(select(posts.c.message_id).where(posts.c.message_id == message_id)).first() is not None


def mark_showing(connection: Connection, job_ids: Collection[int]) -> int:
    """Some jobs' pictures are to be seen no more, neither in what shows them among others; gives how many will go."""
    showing = select(post_jobs.c.message_id).where(post_jobs.c.job_id.in_(job_ids))
    return _mark(connection, posts.c.message_id.in_(showing))


def mark_of(connection: Connection, member_id: int) -> int:
    """What names a member, or was posted for them, is to be seen no more; gives how many messages will go."""
    marked = _mark(connection, posts.c.member_id == member_id)
    connection.execute(update(posts).where(posts.c.member_id == member_id).values(member_id=0))
    return marked


def _mark(connection: Connection, which: ColumnElement[bool]) -> int:
    return connection.execute(update(posts).where(which, posts.c.erase.is_not(True)).values(erase=True)).rowcount


def to_erase(connection: Connection, application_id: int, limit: int) -> list[tuple[int, int]]:
    """An application's messages that are to be deleted: the channel's id, the message's."""
    query = select(posts.c.channel_id, posts.c.message_id).where(
        posts.c.erase.is_(True), posts.c.application_id == application_id
    )
    return [(row.channel_id, row.message_id) for row in connection.execute(query.limit(limit))]


def forget(connection: Connection, message_id: int) -> None:
    """The message is gone."""
    connection.execute(delete(post_jobs).where(post_jobs.c.message_id == message_id))
    connection.execute(delete(posts).where(posts.c.message_id == message_id))
