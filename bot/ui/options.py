"""The options that `/imagine`, `/edit` and `/remix` share: their words and their choices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from discord import app_commands

from bot.models import PROMPT_MAX, SEED_MAX, AspectRatio, ImageFormat, Model
from bot.ui.words import N_

Prompt = app_commands.Range[str, 1, PROMPT_MAX]
Count = app_commands.Range[int, 1, 4]
Seed = app_commands.Range[int, 1, SEED_MAX]
Guidance = app_commands.Range[float, 1, 20]

MODELS = {Model.PRO: N_("pro – fast, 1 credit a picture"), Model.MAX: N_("max – finest, 2 credits a picture")}
FORMATS = {ImageFormat.JPEG: N_("jpeg – small"), ImageFormat.PNG: N_("png – lossless")}

_WORDS = {
    "model": N_("pro (default) is fast, max is finer"),
    "aspect_ratio": N_("Width to height; square if you leave it out"),
    "count": N_("How many pictures, each with its own seed"),
    "seed": N_("The same seed and words make the same picture again"),
    "guidance": N_("How closely to follow your words, from 1 (loose) to 20 (strict)"),
    "format": N_("The file's format"),
    "enhance": N_("Let the model rewrite your words for a richer picture"),
}
_C = TypeVar("_C")


def image_options(**words: str) -> Callable[[_C], _C]:
    """Decorate a command that has these options; ``words`` describe its own ones, or describe one differently."""
    describe = app_commands.describe(**(_WORDS | words))
    choices = app_commands.choices(
        model=[app_commands.Choice(name=name, value=model.value) for model, name in MODELS.items()],
        aspect_ratio=[app_commands.Choice(name=ratio.value, value=ratio.value) for ratio in AspectRatio],
        format=[app_commands.Choice(name=name, value=kind.value) for kind, name in FORMATS.items()],
    )

    def decorate(command: _C) -> _C:
        described: Any = describe(cast(Any, command))
        return choices(described)

    return decorate
