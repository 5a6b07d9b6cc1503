"""What a route is: a method, a path without the API's prefix, and the function that answers."""

from collections.abc import Awaitable, Callable
from typing import Any

from playground.context import Context
from playground.rest.requests import ApiRequest

Handler = Callable[[Context, ApiRequest], Awaitable[Any]]
"""Gives the JSON of the answer, or None for none; a refusal is raised as `ApiError`."""
Route = tuple[str, str, Handler]
