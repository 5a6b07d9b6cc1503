"""The picture of what a server or one member has made: pictures and costs by day, by member and by provider. Pure."""

from bot.drawing.charts.drawing import draw
from bot.drawing.charts.values import Day, Share, UsageChart
from bot.drawing.charts.wording import words

__all__ = ["Day", "Share", "UsageChart", "draw", "words"]
