"""The frozen values that every package shares, a file a subject; no behaviour beyond what a value knows of itself.

Times are UTC epoch milliseconds, money is millionths of a US dollar, Discord ids are 64-bit integers.
"""

from bot.models.credits import Booked
from bot.models.jobs import (
    ACTIVE_STATES,
    TERMINAL_STATES,
    UNDER_WAY_STATES,
    Failure,
    Job,
    JobState,
    NewJob,
    OpenTask,
    Picture,
    Task,
    TaskState,
    job_code_in,
)
from bot.models.languages import Language, language_of
from bot.models.moderation import AuditAction, AuditEntry, Block, Report, ReportState, UsageRow
from bot.models.people import Member, Place, ReplyToken
from bot.models.requests import (
    FORGOTTEN_PROMPT,
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
from bot.models.rests import ProviderRest
from bot.models.shards import ShardPlan, ShardShare
from bot.models.threads import Before, Post, RemixThread, Surroundings

__all__ = [
    "ACTIVE_STATES",
    "FORGOTTEN_PROMPT",
    "PROMPT_MAX",
    "SEED_MAX",
    "TERMINAL_STATES",
    "UNDER_WAY_STATES",
    "AspectRatio",
    "AuditAction",
    "AuditEntry",
    "Before",
    "Block",
    "Booked",
    "Failure",
    "ImageFormat",
    "ImageRequest",
    "Job",
    "JobState",
    "Language",
    "Member",
    "Model",
    "NewJob",
    "OpenTask",
    "Origin",
    "Picture",
    "Place",
    "Plan",
    "Post",
    "ProviderRest",
    "Reference",
    "RemixThread",
    "ReplyToken",
    "Report",
    "ReportState",
    "ShardPlan",
    "ShardShare",
    "Surroundings",
    "Task",
    "TaskState",
    "UsageRow",
    "Variation",
    "job_code_in",
    "language_of",
]
