"""What the operator can watch: counters and gauges for Prometheus; their names are a promise to dashboards."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from bot.models import Job, JobState, TaskState


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
        self._polls = Counter(
            "atelier_polls", "Times a provider was asked how a task stands.", ["provider"], registry=self.registry
        )
        self._deliveries = Counter(
            "atelier_deliveries", "Outcomes posted, by the way they took.", ["way"], registry=self.registry
        )
        self._budget = Gauge(
            "atelier_budget_share", "Share of DAILY_BUDGET_USD spent within 24 hours.", registry=self.registry
        )
        self._refusals = Counter("atelier_refusals", "Requests not accepted.", ["kind"], registry=self.registry)

    def watch(self, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        """Show how many tasks wait and run, as these functions say when asked."""
        Gauge("atelier_tasks_waiting", "Tasks in the queue.", registry=self.registry).set_function(waiting)
        Gauge("atelier_tasks_running", "Tasks that providers work on.", registry=self.registry).set_function(running)

    def watch_invalid_requests(self, count: Callable[[], int]) -> None:
        """Show how many calls Discord refused lately, as this function says when asked."""
        about = "Calls that Discord answered with 401, 403 or 429 within 10 minutes; at 10,000 it bans the address."
        Gauge("atelier_discord_invalid_requests", about, registry=self.registry).set_function(count)

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
        self._polls.labels(provider).inc()

    def delivered(self, way: str) -> None:
        """Count an outcome that was posted, by the way it took."""
        self._deliveries.labels(way).inc()

    def refused(self, kind: str) -> None:
        """Count a request that was not accepted."""
        self._refusals.labels(kind).inc()
