"""What holds for every test."""

from __future__ import annotations

import structlog

# Structlog's own default shows every local variable of a traceback, which takes a second or two.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
