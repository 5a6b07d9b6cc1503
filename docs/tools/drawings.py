"""Which file shows which diagram: its name changes with what the diagram says."""

from __future__ import annotations

import hashlib
import re

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A block of code at the edge: its language and its text."""


def drawing_of(diagram: str) -> str:
    """The name of a diagram's drawing in `docs/diagrams/`."""
    return hashlib.sha256(diagram.strip().encode()).hexdigest()[:12] + ".svg"
