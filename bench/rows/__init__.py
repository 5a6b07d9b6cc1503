"""The rows of the table, by subject. Each measures by itself: any of them can be run alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bench.rows import accept, crowd, delivery, gate, lineage, queue, stalls, start
from bench.rows.row import Row

__all__ = ["ROWS", "Row"]

ROWS: dict[str, Callable[[], Awaitable[list[Row]]]] = {
    "crowd": crowd.crowd,
    "accept": accept.accept,
    "calls": delivery.calls_a_job,
    "processor": delivery.processor,
    "sync": delivery.sync_lag,
    "polled": delivery.polled_lag,
    "slots": delivery.four_slots,
    "10000": start.ten_thousand,
    "queue": queue.twenty_thousand,
    "stall": stalls.stall,
    "edit": stalls.edit,
    "lineage": lineage.lineage,
    "gate": gate.whole_gate,
}
