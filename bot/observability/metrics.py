"""What the operator can watch: counters and gauges for Prometheus; their names are a promise to dashboards.

`docs/operations/monitoring.md` says what each means. Labels have few values, and none names a member, server or job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bot.models import Job, JobState, TaskState

_ANSWER_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 2.5, 3.0)
_TASK_SECONDS = (0.5, 1, 2, 5, 10, 20, 60, 180, 600, 1800)
_DELIVERY_SECONDS = (0.25, 0.5, 1, 2, 5, 15, 60, 300, 3600, 86400)
_WRITE_SECONDS = (0.005, 0.02, 0.1, 0.5, 2, 5, 10)


class Metrics:
    """All figures of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._jobs = Counter("atelier_jobs", "Jobs that ended.", ["origin", "model", "state"], registry=self.registry)
        self._tasks = Counter(
            "atelier_tasks", "Calls to providers that ended.", ["provider", "model", "outcome"], registry=self.registry
        )
        self._spend = Counter(
            "atelier_spend_usd", "What ended tasks cost, in US dollars.", ["provider"], registry=self.registry
        )
        polls = Counter(
            "atelier_polls", "Times a provider was asked how a task stands.", ["provider"], registry=self.registry
        )
        self._deliveries = Counter(
            "atelier_deliveries", "Outcomes posted, by the way they took.", ["way"], registry=self.registry
        )
        self._refusals = Counter("atelier_refusals", "Requests not accepted.", ["kind"], registry=self.registry)
        discord = Counter(
            "atelier_discord_requests", "Calls to Discord, by the answer.", ["status"], registry=self.registry
        )
        self._budget = self._gauge(
            "atelier_budget_share",
            "Share of DAILY_BUDGET_USD spent within 24 hours; below 0.8 with up to ten minutes more.",
        )
        self._ledger_faults = self._gauge("atelier_ledger_faults", "Recent jobs whose bookings do not add up.")
        self._open = Gauge(
            "atelier_provider_tasks", "Open tasks, by provider.", ["provider", "state"], registry=self.registry
        )
        self._resting = Gauge(
            "atelier_provider_resting", "1 while nothing is sent there.", ["provider"], registry=self.registry
        )
        self._answers = self._histogram(
            "atelier_answer_seconds", "From an interaction until Discord had its first answer.", _ANSWER_SECONDS
        )
        phases = Histogram(
            "atelier_task_seconds",
            "How long tasks were queued, submitting and running.",
            ["provider", "state"],
            registry=self.registry,
            buckets=_TASK_SECONDS,
        )
        self._lags = self._histogram(
            "atelier_delivery_seconds", "From a job's last task until its outcome was posted.", _DELIVERY_SECONDS
        )
        self._writes = self._histogram(
            "atelier_database_write_seconds", "From handing a transaction over until it was committed.", _WRITE_SECONDS
        )
        # Looking a label up takes longer than counting.
        self._polls, self._discord, self._phases = cache(polls.labels), cache(discord.labels), cache(phases.labels)
        self.wrote: Callable[[float], None] = self._writes.observe
        """A transaction took so many seconds, its wait for others included."""

    def watch(self, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        """Show how many tasks wait and run, as these functions say when asked."""
        self._gauge("atelier_tasks_waiting", "Tasks in the queue.").set_function(waiting)
        self._gauge("atelier_tasks_running", "Tasks that providers work on.").set_function(running)

    def watch_queue_age(self, oldest: Callable[[], float]) -> None:
        """Show for how many seconds the oldest waiting task has waited."""
        self._gauge("atelier_queue_oldest_seconds", "Age of the oldest waiting task.").set_function(oldest)

    def watch_delivery_age(self, oldest: Callable[[], float]) -> None:
        """Show for how many seconds the oldest outcome has waited to be posted."""
        about = "For how long the oldest finished job has waited to be posted."
        self._gauge("atelier_delivery_oldest_seconds", about).set_function(oldest)

    def watch_provider(
        self, name: str, active: Callable[[], int], running: Callable[[], int], resting: Callable[[], bool]
    ) -> None:
        """Show a provider's open tasks by state, and whether it rests; ``active`` are those that take a slot."""
        self._open.labels(name, TaskState.SUBMITTING).set_function(lambda: active() - running())
        self._open.labels(name, TaskState.RUNNING).set_function(running)
        self._resting.labels(name).set_function(resting)

    def watch_ready(self, parts: Mapping[str, Callable[[], bool]]) -> None:
        """Show whether each part works that a picture needs, as ``/readyz`` does."""
        ready = Gauge("atelier_ready", "1 while this part works.", ["part"], registry=self.registry)
        for part, works in parts.items():
            ready.labels(part).set_function(works)

    def watch_invalid_requests(self, count: Callable[[], int]) -> None:
        """Show how many calls Discord refused lately, as this function says when asked."""
        about = "Calls that Discord answered with 401, 403 or 429 within 10 minutes; at 10,000 it bans the address."
        self._gauge("atelier_discord_invalid_requests", about).set_function(count)

    def ended(self, job: Job, state: JobState) -> None:
        """Count an ended job, its tasks and what they cost."""
        self._jobs.labels(job.request.origin, job.request.model, state).inc()
        for task in job.tasks:
            provider = task.provider or "none"
            outcome = "made" if task.state is TaskState.MADE else task.failure or "cancelled"
            self._tasks.labels(provider, job.request.model, outcome).inc()
            self._spend.labels(provider).inc(task.cost_microusd / 1_000_000)

    def budget(self, share: float) -> None:
        """Show how much of the operator's budget is spent, 0 to 1."""
        self._budget.set(share)

    def polled(self, provider: str) -> None:
        """Count a question to a provider how a task stands."""
        self._polls(provider).inc()

    def left(self, state: TaskState, provider: str, milliseconds: int) -> None:
        """A task has left a state in which it was for so long; of a queued one the provider that took it."""
        self._phases(provider, state).observe(max(0, milliseconds) / 1000)

    def delivered(self, way: str, milliseconds: int | None = None) -> None:
        """Count an outcome that was posted, by the way it took, and so long after the job's last task had ended."""
        self._deliveries.labels(way).inc()
        if milliseconds is not None:
            self._lags.observe(max(0, milliseconds) / 1000)

    def answered(self, milliseconds: int) -> None:
        """An interaction had its first answer so long after Discord made it."""
        self._answers.observe(max(0, milliseconds) / 1000)

    def discord_called(self, status: str) -> None:
        """Count a call to Discord by the HTTP status of its answer; ``lost`` where none came."""
        self._discord(status).inc()

    def ledger_faults(self, count: int) -> None:
        """Show how many jobs' bookings do not add up."""
        self._ledger_faults.set(count)

    def refused(self, kind: str) -> None:
        """Count a request that was not accepted."""
        self._refusals.labels(kind).inc()

    def _gauge(self, name: str, about: str) -> Gauge:
        return Gauge(name, about, registry=self.registry)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, about, registry=self.registry, buckets=buckets)
