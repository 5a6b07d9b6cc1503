"""The bot's public messages beside those of jobs are remembered, so that what they show can be taken away later."""

from __future__ import annotations

from collections.abc import Iterable

from bot.models import Post
from bot.storage import Database, posts


class Posts:
    """Family trees, and the lines that say from where a thread goes on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, post: Post, job_ids: Iterable[int] = ()) -> None:
        """Remember a message, and the jobs that it shows."""
        await self._database.write(posts.add, post, tuple(job_ids))

    async def forgotten(self, message_id: int) -> None:
        """Somebody deleted a message, perhaps one of these."""
        if await self._database.read(posts.exists, message_id):
            await self._database.write(posts.forget, message_id)
