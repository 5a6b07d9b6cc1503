"""One stream of structured log lines on standard error, with every secret taken out of the finished line.

What a member wrote, and what a vendor answered (which may repeat it in any disguise), stands in no line above DEBUG: of
an error its type and place are told, of a vendor's answer its HTTP status.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO, cast

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

_HIDDEN = "[hidden]"
_WITHOUT_LOCALS = ExceptionDictTransformer(show_locals=False)
"""A traceback's local variables would hold prompts."""
_WORDS_OF_OTHERS = ("prompt", "text", "detail", "reason", "reasons")
"""Fields of a line that may hold what a member or a vendor said."""
_CODE = re.compile(
    r"HTTP \d{3}(?=:|$)"
    r"|(?:(?:Connect|Read|Write|Pool|Close|Proxy|RemoteProtocol|Decoding)(?:Error|Timeout)|TimeoutError)\b"
)
"""How our own errors begin: what is known of a vendor's answer without its words."""
_SYSTEM = re.compile(
    "database is locked|database or disk is full|attempt to write a readonly database|disk I/O error"
    "|unable to open database file|No space left on device|Too many open files|Read-only file system"
)
"""What an error's text may say above DEBUG: whoever runs the bot has to know it."""

_COLOUR = r"(?:\x1b\[[\d;]*m)*"
_QUOTE = r"(?:\\*['\"])?"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(/webhooks/(?:\d+|bfl)/)[\w.-]{20,}"), rf"\1{_HIDDEN}"),
    (re.compile(r"(/interactions/\d+/)[\w.-]{20,}"), rf"\1{_HIDDEN}"),
    # A Discord bot token: the bot's id in base64, a time, a signature. No word boundary before it: a colour code
    # ends in a letter.
    (re.compile(r"[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"), _HIDDEN),
    # A header, as a line, a field of the console (in colour), JSON (also inside JSON), a mapping or a pair of bytes.
    (
        re.compile(
            rf"(?i)((?:authorization|x-key|x-webhook-secret){_COLOUR}(?:{_QUOTE}{_COLOUR}\s*[:=]|\\*['\"]\s*,)"
            rf"\s*{_COLOUR}(?:b(?=\\*['\"]))?{_QUOTE})(?:(?:bearer|bot|basic|key|token)\s+)?[^\s'\",}})\\\x1b]+"
        ),
        rf"\1{_HIDDEN}",
    ),
    # The query of a signed address, whole: Discord's, Azure's and Amazon's ways of signing.
    (
        re.compile(r"(?i)\?(?=(?:[^\s'\"?]*[&;])?(?:ex|hm|sig|se|x-amz-[\w-]*)=)[^\s'\"\\\x1b]+"),
        rf"?{_HIDDEN}",
    ),
)


def about(**ids: object) -> None:
    """From here on every line of this asyncio task names what it is about; so do those of tasks that it starts."""
    structlog.contextvars.bind_contextvars(**ids)


def redactor(secrets: tuple[str, ...]) -> Callable[[str], str]:
    """A function that takes these secrets, and all that looks like one, out of a text."""
    known = sorted({form for secret in secrets if len(secret) >= 4 for form in _forms(secret)}, key=len, reverse=True)

    def redact(text: str) -> str:
        for secret in known:
            text = text.replace(secret, _HIDDEN)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    return redact


def _forms(secret: str) -> set[str]:
    """The secret as a line may hold it: itself, as Python shows it, and either of them inside JSON."""
    plain = {secret, repr(secret)[1:-1]}
    return plain | {json.dumps(form)[1:-1] for form in plain}


class _Redacting(logging.Formatter):
    """Hides secrets in the finished line: no field, argument or traceback can slip past."""

    def __init__(self, inner: logging.Formatter, redact: Callable[[str], str]) -> None:
        super().__init__()
        self._inner = inner
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The line, without secrets."""
        return self._redact(self._inner.format(record))


class _Stream(logging.StreamHandler[TextIO]):
    """Standard error, where a faulty call is reported without what it was called with."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Say where the fault is; Python's own report would print the arguments, which no redaction has seen."""
        kind = sys.exc_info()[0]
        with contextlib.suppress(OSError, ValueError):  # the stream itself may be what broke
            self.stream.write(
                f"A log line could not be written: {kind.__name__ if kind else 'error'}"
                f" at {record.filename}:{record.lineno} ({record.name})\n"
            )


def configure(level: str, format: str, secrets: tuple[str, ...]) -> None:
    """Set up logging for the process, once: ``format`` is ``console`` or ``json``.

    A logger keeps the level that it was first used with.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    wordless = level != "DEBUG"
    if wordless:
        shared.append(_without_words)
    trace = _wordless_traceback if wordless else structlog.dev.plain_traceback
    stack = _wordless_stack if wordless else _WITHOUT_LOCALS
    rendering: list[Processor] = (
        [structlog.processors.ExceptionRenderer(stack), structlog.processors.JSONRenderer()]
        if format == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=trace)]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    )
    handler = _Stream(sys.stderr)
    handler.setFormatter(_Redacting(formatter, redactor(secrets)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    quiet = logging.NOTSET if level == "DEBUG" else max(logging.WARNING, root.level)
    for noisy in ("httpx", "httpcore", "aiosqlite", "alembic"):
        logging.getLogger(noisy).setLevel(quiet)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        cache_logger_on_first_use=True,
    )


def _without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The words of others belong in no log, except where somebody looks for a fault."""
    for name in _WORDS_OF_OTHERS:
        code = _CODE.match(str(event.pop(name, "")))
        if code is not None:
            event[name] = code[0]
    if event.get("logger") == "asyncio":  # it repeats the errors of tasks and callbacks from the second line on
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _wordless_stack(exc_info: Any) -> list[dict[str, Any]]:
    """An error and what led to it: types and places; a text may repeat what a member wrote."""
    found = _WITHOUT_LOCALS(exc_info)
    _take_words(found)
    return found


def _take_words(errors: list[dict[str, Any]]) -> None:
    for one in errors:
        known = _SYSTEM.search(one["exc_value"])
        one.update(exc_value=known[0] if known else "", exc_notes=[], syntax_error=None)
        for inside in cast(list[Any], one.get("exceptions") or []):
            _take_words(inside)


def _wordless_traceback(out: TextIO, exc_info: Any) -> None:
    """The same for the console, the outermost error last."""
    out.write("\n" + "\n".join(_lines(_wordless_stack(exc_info), "")))


def _lines(errors: list[dict[str, Any]], margin: str) -> Iterator[str]:
    for error in reversed(errors):
        for frame in error["frames"]:
            yield f'{margin}  File "{frame["filename"]}", line {frame["lineno"]}, in {frame["name"]}'
        yield f"{margin}{error['exc_type']}: {error['exc_value']}".rstrip(": ")
        for inside in cast(list[Any], error.get("exceptions") or []):
            yield from _lines(inside, margin + "  ")
