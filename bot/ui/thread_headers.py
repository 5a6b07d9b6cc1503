"""The message at the head of a collaborative thread: it shows the current picture and who takes part.

It is derived from the database: an update that a restart or an error of Discord's prevented is made later.
"""

from __future__ import annotations

import asyncio
import io

import discord
import structlog

from bot.clock import Clock
from bot.errors import NotFound
from bot.gallery.library import FoundPicture, PictureLibrary
from bot.gallery.threads import RemixThreads, ThreadActivity
from bot.generation.references import ReferenceImages
from bot.generation.service import reference_to
from bot.media.images import ImageProcessor
from bot.models import RemixThread
from bot.ui import languages
from bot.ui.reply import LOST, NOBODY
from bot.ui.services import Services
from bot.ui.views import family as render
from bot.ui.views.jobs import finished
from bot.ui.words import use_language

_log = structlog.get_logger(__name__)

_FILE_LIMIT = 10 * 1024 * 1024
_PAUSE_SECONDS = 30.0


class ThreadHeaders:
    """Keeps every thread's header up to date."""

    def __init__(
        self,
        client: discord.Client,
        services: Services,
        references: ReferenceImages,
        processor: ImageProcessor,
        clock: Clock,
    ) -> None:
        self._client = client
        self._remix_threads: RemixThreads = services.remix_threads
        self._library: PictureLibrary = services.library
        self._guild_settings = services.guild_settings
        self._references = references
        self._processor = processor
        self._clock = clock
        self._invalid_requests = services.invalid_requests
        self._stopping = False

    async def run(self) -> None:
        """Until ``stop``. Changes that come while one is being shown are shown together."""
        due = set(await self._remix_threads.behind(self._client.application_id or 0))
        signal = self._remix_threads.thread_changed
        while not self._stopping:
            for thread_id in due:
                await self._show(thread_id)
            await signal.event.wait()
            due = set(signal.take())

    def stop(self) -> None:
        """Show nothing more; the next start makes the updates that are left."""
        self._stopping = True
        self._remix_threads.thread_changed.notify()

    async def _show(self, thread_id: int) -> None:
        if not self._invalid_requests.optional_allowed:
            self._later(thread_id)
            return
        try:
            activity = await self._remix_threads.of(thread_id)
            if activity is not None and activity.application_id == self._client.application_id:
                await self._update(activity)
        except discord.HTTPException as error:
            _log.info("header not shown", thread=thread_id, status=error.status, code=error.code)
            if error.code == 10003:
                await self._remix_threads.close(thread_id)
            elif error.status == 429 or error.status >= 500:
                self._later(thread_id)
        except LOST as error:
            _log.warning("header not shown", thread=thread_id, error=type(error).__name__)
            self._later(thread_id)
        except Exception as error:  # noqa: BLE001 - one broken thread must not stop the others
            _log.error("header broke", thread=thread_id, exc_info=error)

    def _later(self, thread_id: int) -> None:
        asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self._remix_threads.thread_changed.notify, thread_id)

    async def _update(self, activity: ThreadActivity) -> None:
        remix_thread = activity.remix_thread
        try:
            seen = await self._library.by_code(remix_thread.code)
        except NotFound:
            return
        image = await self._image(seen)
        rules = await self._guild_settings.of(remix_thread.guild_id)
        with use_language(await languages.of_server(self._client, rules, remix_thread.guild_id)):
            view = render.header(activity, seen, with_picture=image is not None)
        channel = self._client.get_partial_messageable(remix_thread.thread_id, guild_id=remix_thread.guild_id)
        if remix_thread.header_id is not None:
            header = channel.get_partial_message(remix_thread.header_id)
            try:
                await header.edit(view=view, attachments=_files(seen, image), allowed_mentions=NOBODY)
            except discord.NotFound as error:
                if error.code != 10008:  # its header was deleted: it gets a new one
                    raise
            else:
                await self._follow(remix_thread, remix_thread.header_id)
                return
        nonce = f"header-{remix_thread.code}"[:25]
        sent = await channel.send(view=view, files=_files(seen, image), nonce=nonce, allowed_mentions=NOBODY)
        await self._remix_threads.shown(remix_thread.thread_id, sent.id, None)
        await self._follow(remix_thread, sent.id)

    async def _follow(self, remix_thread: RemixThread, header_id: int) -> None:
        """The head shows it: let the pictures' own messages say it as well, and note that all is shown."""
        for code in (*remix_thread.left, remix_thread.code):
            await self._mark(remix_thread, code)
        await self._remix_threads.shown(remix_thread.thread_id, header_id, remix_thread.code)

    async def _mark(self, remix_thread: RemixThread, code: str) -> None:
        """Let a picture's own message in the thread say whether it is the current one."""
        try:
            job = (await self._library.by_code(code)).job
        except NotFound:
            return
        if job.message_id is None or job.message_channel_id != remix_thread.thread_id:
            return
        around = await self._library.around(job, self._clock.now())
        with use_language(job.place.language):
            view = finished(job, around)
        channel = self._client.get_partial_messageable(remix_thread.thread_id, guild_id=remix_thread.guild_id)
        try:
            await channel.get_partial_message(job.message_id).edit(view=view, allowed_mentions=NOBODY)
        except discord.HTTPException as error:
            if error.status == 429 or error.status >= 500:
                raise
            _log.info("not marked", thread=remix_thread.thread_id, status=error.status, code=error.code)

    async def _image(self, seen: FoundPicture) -> bytes | None:
        """The current picture's bytes; None where its message was deleted."""
        if seen.job.message_id is None:
            return None
        (image,) = await self._references.images([reference_to(seen.job, seen.picture)])
        return image if image is None or len(image) <= _FILE_LIMIT else await self._processor.fit(image, _FILE_LIMIT)


def _files(seen: FoundPicture, image: bytes | None) -> list[discord.File]:
    return [] if image is None else [discord.File(io.BytesIO(image), seen.picture.filename)]
