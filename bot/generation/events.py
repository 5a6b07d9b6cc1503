"""Whom the life of a job concerns beside its member: what is woken, counted and told as it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.audit.moderator_log import ModeratorLog
from bot.audit.operator_alerts import OperatorAlerts
from bot.clock import WakeSignal
from bot.generation.progress import JobProgress
from bot.observability.metrics import Metrics


@dataclass(frozen=True, slots=True)
class JobEvents:
    """One of each for the whole program."""

    alerts: OperatorAlerts
    moderator_log: ModeratorLog
    metrics: Metrics
    ready_to_deliver: WakeSignal = field(default_factory=WakeSignal)
    """Ids of jobs whose message is to be edited."""
    accepted: dict[int, int] = field(default_factory=dict[int, int])
    """When this process accepted its unfinished jobs, by their ids (monotonic ms)."""
    progress: JobProgress = field(default_factory=JobProgress)
    """How far those are, for whoever waits for them."""
    thread_changed: WakeSignal = field(default_factory=WakeSignal)
    """Ids of threads whose header is out of date."""
    shards_changed: WakeSignal = field(default_factory=WakeSignal)
    """Another process takes, has or offers a shard."""
