"""The dashboard, the alert rules and the page about them name the metrics that exist, and all of them."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from bot.app import assemble
from bot.config import load

FOLDER = Path(__file__).parents[2] / "docs" / "operations"
ALERTS = (FOLDER / "alerts.yml").read_text("utf-8")
PANELS = json.loads((FOLDER / "atelier-dashboard.json").read_text("utf-8"))["panels"]
PAGE = (FOLDER / "monitoring.md").read_text("utf-8")
ALERTED = re.findall(r"^ +expr: (?:>-\n)?((?:.|\n {10})+)", ALERTS, re.MULTILINE)
SHOWN = [target["expr"] for panel in PANELS for target in panel["targets"]]
PARTS = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",), "gauge": ("",)}


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncGenerator[CollectorRegistry]:
    """The registry of the whole program, which need not be on Discord for it."""
    async with assemble(
        load(None, database_url=f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", providers="sandbox")
    ) as app:
        yield app.metrics.registry


def labels_of(registry: CollectorRegistry) -> dict[str, set[str]]:
    """The labels of each series; of a histogram by its parts, of a counter with its ending."""
    labels: dict[str, set[str]] = {}
    for collector in registry._collector_to_names:
        for family in collector.describe():
            for part in PARTS[family.type]:
                labels[family.name + part] = {*collector._labelnames, *({"le"} if part == "_bucket" else ())}
    return labels


def documented() -> dict[str, set[str]]:
    rows = re.findall(r"^\| `(atelier_\w+)` \| (.*?) ?\|", PAGE, re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def whole(series: str) -> str:
    """A series' name as the page has it: a histogram's without its part."""
    return re.sub(r"_(bucket|count|sum)$", "", series)


async def test_every_metric_is_documented_with_its_labels_and_no_other(registry: CollectorRegistry) -> None:
    assert documented() == {whole(name): names - {"le"} for name, names in labels_of(registry).items()}


async def test_dashboard_and_alerts_use_series_and_labels_that_exist(registry: CollectorRegistry) -> None:
    labels = labels_of(registry)
    used = {name for expression in ALERTED + SHOWN for name in re.findall(r"\batelier_\w+", expression)}
    assert used - labels.keys() == set()
    for expression in ALERTED + SHOWN:
        known = {name for one in re.findall(r"\batelier_\w+", expression) for name in labels[one]} | {"job"}
        selected = re.findall(r"(\w+)(?:=~|!~|!=|=)\"", expression)
        grouped = [name.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for name in group.split(",")]
        assert {*selected, *grouped} <= known, expression


async def test_an_alert_looks_at_buckets_that_are_counted(registry: CollectorRegistry) -> None:
    looked_at = [one for rule in ALERTED for one in re.findall(r'(atelier_\w+_bucket){le="([\d.]+)"}', rule)]
    assert looked_at
    assert [one for one in looked_at if registry.get_sample_value(one[0], {"le": one[1]}) is None] == []


async def test_the_dashboard_shows_every_metric(registry: CollectorRegistry) -> None:
    shown = {whole(name) for expression in SHOWN for name in re.findall(r"\batelier_\w+", expression)}
    assert {whole(name) for name in labels_of(registry)} - shown == set()


def test_legends_name_labels_that_their_expression_keeps() -> None:
    for target in (target for panel in PANELS for target in panel["targets"]):
        kept = re.findall(r"by \(([^)]*)\)", target["expr"])
        if kept:
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= set(kept[0].split(", ")), target


def test_every_alert_stands_on_the_page_and_no_other() -> None:
    rules = re.findall(r"- alert: (\w+)$", ALERTS, re.MULTILINE)
    assert re.findall(r"^\| `(Atelier\w+)` \|", PAGE, re.MULTILINE) == rules
    assert len(rules) == len(ALERTED)
