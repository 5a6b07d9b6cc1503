"""JSON as it goes over the wire: the one place where a value's type is not known before it is looked at."""

from __future__ import annotations

from typing import Any, TypeGuard

Json = dict[str, Any]
"""A JSON object; what its keys hold is the client's word until a form has checked it."""


def is_object(value: object) -> TypeGuard[Json]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether a JSON value is an array."""
    return isinstance(value, list)
