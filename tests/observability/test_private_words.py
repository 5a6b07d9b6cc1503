"""Above DEBUG no line depends on what a member wrote or a vendor answered, so none can repeat it."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import GenerationFailed, InvalidRequest, MalformedAnswer, Moderated
from bot.observability import log
from tests.standins.faults import Fault
from tests.support.bot import running_bot
from tests.support.vendors import STAND_INS, using

pytestmark = pytest.mark.usefixtures("restored_logging")
WORDS = st.text(min_size=1, max_size=40)
PROMPT = 'Zebulon\'s "quixotic" marmalade\nçedilla zeppelin'
ERRORS = (GenerationFailed, InvalidRequest, MalformedAnswer, Moderated, ValueError, KeyError)


def raised(kind: type[Exception], words: str) -> Exception:
    """An error with others' words in its text, its cause, its context and its notes."""
    problem = kind(words)
    problem.add_note(words)
    with contextlib.suppress(kind):
        try:
            int(f"no number: {words}")
        except ValueError as cause:
            raise problem from cause
    return problem


def lines(format_: str, kind: type[Exception], words: str) -> str:
    """What is written of a failure about which somebody else had these words; without the time."""
    problem = raised(kind, words)
    with contextlib.redirect_stderr(io.StringIO()) as shown:
        log.configure("INFO", format_, ())
        logger = structlog.get_logger("bot.generation.steps")
        logger.warning("provider refused", status=422, text=words, prompt=words)
        logger.info("submit refused", detail=f"HTTP 422: {words}", reasons=(words,), reason=words)
        logger.error("broke", exc_info=problem)
        logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: %r", problem)
        logging.getLogger("discord.client").error("Ignoring exception", exc_info=problem)
        logger.error("several", exc_info=ExceptionGroup(words, [problem]))
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "", shown.getvalue())


@pytest.mark.parametrize("format_", ["console", "json"])
@given(words=WORDS, others=WORDS, kind=st.sampled_from(ERRORS))
def test_no_line_depends_on_the_words_of_others(format_: str, words: str, others: str, kind: type[Exception]) -> None:
    shown = lines(format_, kind, words)
    assert shown == lines(format_, kind, others)
    assert kind.__name__ in shown
    assert "HTTP 422" in shown
    assert "test_private_words.py" in shown  # where it broke is told


def test_what_ails_the_machine_is_told_at_every_level(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO", "console", ())
    structlog.get_logger("a").error("broke", exc_info=OSError(28, "No space left on device", "/data/a.db"))
    assert "No space left on device" in capsys.readouterr().err


def test_who_looks_for_a_fault_sees_the_words(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("DEBUG", "console", ())
    structlog.get_logger("a").error("broke", detail="HTTP 422: a kite", exc_info=raised(GenerationFailed, "a boat"))
    shown = capsys.readouterr().err
    assert "a kite" in shown
    assert "a boat" in shown


def echoes() -> list[Fault]:
    """The prompt in every place of an answer where a vendor may repeat it, and in disguise."""
    forms = [PROMPT.upper(), quote(PROMPT), PROMPT[:20], " ".join(PROMPT.split()[::-1])]
    bodies: list[Any] = []
    for said in forms:
        error = {"code": said, "message": said, "error_message": said, "type": said, "param": said}
        bodies += [
            {"detail": said},
            {"detail": [{"loc": ["body", said], "msg": said, "type": said, "input": said}]},
            {"error": error, "message": said, "statusCode": said, said: said},
            {"id": "x", "status": said, "error": error, "details": {said: said}, "polling_url": said},
            {"id": "x", "status": "failed", "error": said, "result": {"sample": said}, "progress": said},
            {"id": said, "status": "Error", "details": error},
            said,
        ]
    raw = [json.dumps(one).encode() for one in bodies] + [PROMPT.encode(), b"<title>" + PROMPT.encode()]
    return [Fault.raw(one, code=code) for one in raw for code in (200, 422)]


@pytest.mark.parametrize("name", STAND_INS)
async def test_a_vendor_that_repeats_the_prompt_gets_it_into_no_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    async with STAND_INS[name]() as vendor, running_bot(tmp_path, **using(name, vendor)) as home:
        log.configure("INFO", "json", ())
        structlog.configure(cache_logger_on_first_use=False)  # the modules' own loggers go on after this test
        alice = home.discord.person(home.discord.alice)
        for fault in echoes():
            where = vendor.next_submit if fault.code != 200 or name == "aimlapi" else vendor.next_poll
            where(fault)
        for _ in range(16):
            await (await alice.command("imagine", prompt=PROMPT, count=4)).reply()
        await home.at_rest(60)
    shown = capsys.readouterr().err.lower()
    assert "provider refused" in shown or "task failed" in shown
    for word in ("zebulon", "quixotic", "marmalade", "zeppelin", "edilla"):
        assert word not in shown
