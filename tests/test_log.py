"""No secret passes the log, whichever way it comes."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import log

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE." + "a1B2c3D4" * 5
REPLY = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OTA" + "x" * 60


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging as it was before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("format_", ["console", "json"])
def test_secrets_are_hidden_in_fields_arguments_addresses_and_tracebacks(
    capsys: pytest.CaptureFixture[str], format_: str
) -> None:
    log.configure("INFO", format_, ("the-bfl-key",))
    structlog.get_logger("a").warning("sent", headers={"x-key": "the-bfl-key"}, url=f"https://x/webhooks/1/{REPLY}")
    logging.getLogger("discord").warning("token %s", TOKEN)
    logging.getLogger("b").warning("GET https://cdn.example/a.png?ex=12&is=3&hm=feed")
    try:
        int("the-bfl-key")
    except ValueError:
        logging.getLogger("c").exception("broke")
    shown = capsys.readouterr().err
    for secret in ("the-bfl-key", REPLY, TOKEN, "hm=feed"):
        assert secret not in shown
    assert "broke" in shown


def test_a_prompt_is_shown_only_to_who_looks_for_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO", "console", ())
    structlog.get_logger("a").info("made", prompt="my private words")
    assert "private" not in capsys.readouterr().err
    structlog.reset_defaults()
    log.configure("DEBUG", "console", ())
    structlog.get_logger("a").info("made", prompt="my private words")
    assert "private" in capsys.readouterr().err
