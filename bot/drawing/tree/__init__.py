"""Family trees of pictures: who came from whom, what of a large family is shown, and the drawing of it. Pure."""

from bot.drawing.tree.drawing import draw
from bot.models.family import Family, Part, Relative, Shown, parts, shown

__all__ = ["Family", "Part", "Relative", "Shown", "draw", "parts", "shown"]
