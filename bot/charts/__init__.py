"""The picture of what a server or one member has made: pictures and costs by day, by member and by provider. Pure."""

from bot.charts.drawing import draw
from bot.charts.values import Day, Share, Usage
from bot.charts.wording import words

__all__ = ["Day", "Share", "Usage", "draw", "words"]
