"""The frozen values that every room shares, a file a subject; no behaviour beyond what a value knows of itself.

Times are UTC epoch milliseconds, money is millionths of a US dollar, Discord ids are 64-bit integers.
"""

from bot.models.jobs import ACTIVE_STATES, TERMINAL_STATES, Failure, Job, JobState, Picture, Task, TaskState
from bot.models.moderation import Action, Block, Deed, Made, Report, ReportState
from bot.models.people import Member, Place, ReplyToken
from bot.models.requests import (
    PROMPT_MAX,
    SEED_MAX,
    AspectRatio,
    ImageFormat,
    ImageRequest,
    Model,
    Origin,
    Plan,
    Reference,
    Variation,
)
from bot.models.threads import Room

__all__ = [
    "ACTIVE_STATES",
    "PROMPT_MAX",
    "SEED_MAX",
    "TERMINAL_STATES",
    "Action",
    "AspectRatio",
    "Block",
    "Deed",
    "Failure",
    "ImageFormat",
    "ImageRequest",
    "Job",
    "JobState",
    "Made",
    "Member",
    "Model",
    "Origin",
    "Picture",
    "Place",
    "Plan",
    "Reference",
    "ReplyToken",
    "Report",
    "ReportState",
    "Room",
    "Task",
    "TaskState",
    "Variation",
]
