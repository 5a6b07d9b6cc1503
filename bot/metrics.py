"""What the operator can watch: counters and gauges for Prometheus; their names are a promise to dashboards."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from bot.models import Job, JobState


class Metrics:
    """All figures of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._jobs = Counter("atelier_jobs", "Jobs that ended.", ["origin", "model", "state"], registry=self.registry)
        self._tasks = Counter(
            "atelier_tasks", "Calls to providers that ended.", ["provider", "outcome"], registry=self.registry
        )
        self._spend = Counter(
            "atelier_spend_usd", "What ended tasks cost, in US dollars.", ["provider"], registry=self.registry
        )
        self._refusals = Counter("atelier_refusals", "Requests not accepted.", ["kind"], registry=self.registry)

    def watch(self, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        """Show how many tasks wait and run, as these functions say when asked."""
        Gauge("atelier_tasks_waiting", "Tasks in the queue.", registry=self.registry).set_function(waiting)
        Gauge("atelier_tasks_running", "Tasks that providers work on.", registry=self.registry).set_function(running)

    def ended(self, job: Job, state: JobState) -> None:
        """Count an ended job, its tasks and what they cost."""
        self._jobs.labels(job.request.origin, job.request.model, state).inc()
        for task in job.tasks:
            provider = task.provider or "none"
            self._tasks.labels(provider, task.failure or "made").inc()
            self._spend.labels(provider).inc(task.cost_microusd / 1_000_000)

    def refused(self, kind: str) -> None:
        """Count a request that was not accepted."""
        self._refusals.labels(kind).inc()
