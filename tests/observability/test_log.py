"""No secret passes the log, whichever way it comes."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from bot.observability import log

pytestmark = pytest.mark.usefixtures("restored_logging")

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE." + "a1B2c3D4" * 5
REPLY = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OTA" + "x" * 60


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


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Bearer s3same",
        "Authorization: Basic s3same",
        "authorization='Bot s3same'",
        "{'x-key': 's3same', 'accept': '*/*'}",
        "[(b'x-key', b's3same')]",
        r'{"event": "{\"Authorization\": \"Bearer s3same\"}"}',
        "\x1b[36mx-key\x1b[0m=\x1b[35ms3same\x1b[0m",
        "X-Webhook-Secret: s3same",
        "https://a.example/p.png?X-Amz-Date=1&X-Amz-Signature=s3same",
        "https://b.example/p.png?sv=1&se=2&sig=s3same",
        "GET /attachments/1/2/p.png?ex=1&is=2&hm=s3same HTTP/1.1",
    ],
)
def test_a_header_or_signature_is_hidden_in_whatever_form_it_is_written(line: str) -> None:
    assert "s3same" not in log.redactor(())(line)


def test_a_bot_token_is_hidden_after_a_colour_code() -> None:
    assert "a1B2c3D4" not in log.redactor(())(f"\x1b[35mMTIz{TOKEN}\x1b[0m")


def test_the_address_for_calls_back_is_hidden() -> None:
    assert "cafe" not in log.redactor(())("https://bot.example/webhooks/bfl/" + "cafe" * 16)


@pytest.mark.parametrize("format_", ["console", "json"])
def test_a_secret_with_quotes_and_accents_is_hidden_too(capsys: pytest.CaptureFixture[str], format_: str) -> None:
    log.configure("INFO", format_, ('pä"ss\\w0rd',))
    structlog.get_logger("a").info("sent", key='pä"ss\\w0rd', nested={"key": 'pä"ss\\w0rd'})
    assert "w0rd" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", ["authorization failed, then it worked", "see https://a.example/p?page=2&size=3", "polled task=7 model=pro"]
)
def test_what_is_no_secret_stays_readable(line: str) -> None:
    assert log.redactor(())(line) == line


@pytest.mark.parametrize("format_", ["console", "json"])
def test_a_traceback_shows_no_local_variable(capsys: pytest.CaptureFixture[str], format_: str) -> None:
    log.configure("INFO", format_, ())
    prompt = "my " + "private words"
    try:
        int(prompt[:0])
    except ValueError:
        structlog.get_logger("a").exception("broke")
    shown = capsys.readouterr().err
    assert "my private words" not in shown
    assert "ValueError" in shown


def test_a_faulty_log_call_is_reported_without_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO", "json", ())
    logging.getLogger("faulty").error("%d", "private words")
    shown = capsys.readouterr().err
    assert "private words" not in shown
    assert "test_log.py" in shown


@pytest.mark.parametrize(
    ("level", "httpx_level"), [("DEBUG", "DEBUG"), ("INFO", "WARNING"), ("WARNING", "WARNING"), ("ERROR", "ERROR")]
)
def test_the_http_client_is_quiet_unless_somebody_looks_for_a_fault(level: str, httpx_level: str) -> None:
    log.configure("INFO", "json", ())
    log.configure(level, "json", ())
    assert logging.getLevelName(logging.getLogger("httpx").getEffectiveLevel()) == httpx_level


def test_records_of_libraries_come_as_the_same_json(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO", "json", ())
    logging.getLogger("discord").warning("hello %s", "there", extra={"prompt": "private", "shard": 1})
    line = json.loads(capsys.readouterr().err)
    assert line.pop("timestamp")
    assert line == {"event": "hello there", "level": "warning", "logger": "discord", "shard": 1}
