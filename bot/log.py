"""One stream of structured log lines on standard error, with every secret taken out of the finished line."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_HIDDEN = "[hidden]"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(/webhooks/\d+/)[\w.-]{20,}"), rf"\1{_HIDDEN}"),
    (re.compile(r"(/interactions/\d+/)[\w.-]{20,}"), rf"\1{_HIDDEN}"),
    # A Discord bot token: the bot's id in base64, a time, a signature.
    (re.compile(r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"), _HIDDEN),
    (
        re.compile(r"(?i)((?:authorization|x-key)['\"]?\s*[:=]\s*b?['\"]?)(?:(?:bearer|bot)\s+)?[^\s'\",}]+"),
        rf"\1{_HIDDEN}",
    ),
    (
        re.compile(r"(?i)(https?://[^\s'\"?]+\?)(?=[^\s'\"]*(?:\bhm=|\bex=|\bsig=|\bse=|x-amz-))[^\s'\"]*"),
        rf"\1{_HIDDEN}",
    ),
)


def redactor(secrets: tuple[str, ...]) -> Callable[[str], str]:
    """A function that takes these secrets, and all that looks like one, out of a text."""
    known = sorted((secret for secret in secrets if len(secret) >= 4), key=len, reverse=True)

    def redact(text: str) -> str:
        for secret in known:
            text = text.replace(secret, _HIDDEN)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    return redact


class _Redacting(logging.Formatter):
    """Hides secrets in the finished line: no field, argument or traceback can slip past."""

    def __init__(self, inner: logging.Formatter, redact: Callable[[str], str]) -> None:
        super().__init__()
        self._inner = inner
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The line, without secrets."""
        return self._redact(self._inner.format(record))


def configure(level: str, format: str, secrets: tuple[str, ...]) -> None:
    """Set up logging for the process: ``format`` is ``console`` or ``json``."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    if level != "DEBUG":
        shared.append(_without_prompt)
    rendering: list[Processor] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
        if format == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(formatter, redactor(secrets)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    if level != "DEBUG":
        for noisy in ("httpx", "httpcore", "aiosqlite", "alembic"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _without_prompt(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A member's words belong in no log, except where somebody looks for a fault."""
    event.pop("prompt", None)
    return event
