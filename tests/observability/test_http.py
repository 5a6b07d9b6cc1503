"""The operator's port over the real wire."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
import structlog.testing

from bot.errors import ConfigurationError
from bot.observability.http import WebServer
from bot.observability.metrics import Metrics
from bot.observability.webhook_keys import WebhookKeys

KEYS = WebhookKeys("installation secret")


def told(checks: dict[str, bool]) -> Callable[[], Awaitable[dict[str, bool]]]:
    async def ask() -> dict[str, bool]:
        return checks

    return ask


class Heard:
    def __init__(self) -> None:
        self.ids: list[str] = []

    def hint(self, remote_id: str) -> None:
        self.ids.append(remote_id)


async def test_health_readiness_and_metrics_answer() -> None:
    checks, metrics = {"gateway": True, "database": False}, Metrics()
    metrics.refused("BadInput")
    server = WebServer("127.0.0.1", 0, checks=told(checks), registry=metrics.registry)
    async with server, aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as http:
        assert (await http.get("/healthz")).status == 200
        answer = await http.get("/readyz")
        assert (answer.status, await answer.json()) == (503, {"status": "not ready"} | checks)
        checks["database"] = True
        assert (await http.get("/readyz")).status == 200
        assert 'atelier_refusals_total{kind="BadInput"} 1.0' in await (await http.get("/metrics")).text()
        assert (await http.post("/webhooks/bfl/anything")).status == 404


@pytest.mark.parametrize(
    ("host", "called_back", "status"),
    [("127.0.0.1", False, 200), ("localhost", False, 200), ("0.0.0.0", False, 404), ("127.0.0.1", True, 404)],
)
async def test_without_a_token_only_a_port_of_this_machine_tells_figures(
    host: str, called_back: bool, status: int
) -> None:
    webhooks = (KEYS, Heard()) if called_back else None
    server = WebServer(host, 0, checks=told({}), registry=Metrics().registry, webhooks=webhooks)
    async with server, aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as http:
        assert (await http.get("/metrics")).status == status
        assert (await http.get("/healthz")).status == 200


async def test_with_a_token_the_metrics_are_for_who_has_it_wherever_they_listen() -> None:
    server = WebServer("0.0.0.0", 0, checks=told({}), registry=Metrics().registry, metrics_token="figures")
    async with server, aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as http:
        for wrong in ({}, {"Authorization": "Bearer figure"}, {"Authorization": "figures"}):
            assert (await http.get("/metrics", headers=wrong)).status == 401
        answer = await http.get("/metrics", headers={"Authorization": "Bearer figures"})
        assert "atelier_" in await answer.text()


async def test_a_call_back_is_a_hint_only_at_the_unguessable_address() -> None:
    heard = Heard()
    server = WebServer("127.0.0.1", 0, checks=told({}), registry=Metrics().registry, webhooks=(KEYS, heard))
    body = b'{"id": "task-1", "status": "SUCCESS"}'
    signature = "sha256=" + hmac.new(KEYS.shared_secret.encode(), body, hashlib.sha256).hexdigest()
    path = KEYS.webhook_for("").url
    async with server, aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as http:
        with structlog.testing.capture_logs() as logs:
            assert (await http.post("/webhooks/bfl/guess", data=body)).status == 404
            assert heard.ids == []
            for headers in ({"X-Webhook-Secret": KEYS.shared_secret}, {"X-BFL-Signature": signature}):
                assert (await http.post(path, data=body, headers=headers)).status == 204
            assert logs == []
            assert (await http.post(path, data=body)).status == 204
            assert [one["event"] for one in logs] == ["webhook without proof"]
        assert (await http.post(path, data=b"[1]")).status == 204
        assert (await http.post(path, data=b"x" * 300_000)).status == 413
        assert heard.ids == ["task-1"] * 3


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 200_000, b'{"id": 7}', b'{"id": null}', b"{}"])
async def test_a_call_back_that_names_no_task_is_taken_and_hints_at_nothing(body: bytes) -> None:
    heard = Heard()
    server = WebServer("127.0.0.1", 0, checks=told({}), registry=Metrics().registry, webhooks=(KEYS, heard))
    async with server, aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as http:
        assert (await http.post(KEYS.webhook_for("").url, data=body)).status == 204
    assert heard.ids == []


async def test_a_secret_that_is_no_text_proves_nothing_and_breaks_nothing() -> None:
    heard = Heard()
    server = WebServer("127.0.0.1", 0, checks=told({}), registry=Metrics().registry, webhooks=(KEYS, heard))
    body = json.dumps({"id": "task-1"}).encode()
    head = (
        f"POST {KEYS.webhook_for('').url} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    )
    async with server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        with structlog.testing.capture_logs() as logs:
            writer.write(head.encode() + b"X-Webhook-Secret: \xff\xfe\r\n\r\n" + body)
            answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 204")
    assert [one["event"] for one in logs] == ["webhook without proof"]
    assert heard.ids == ["task-1"]


async def test_a_taken_port_is_an_error_at_once_and_leaves_nothing_open() -> None:
    async with WebServer("127.0.0.1", 0, checks=told({}), registry=Metrics().registry) as first:
        second = WebServer("127.0.0.1", first.port, checks=told({}), registry=Metrics().registry)
        with pytest.raises(ConfigurationError, match=r"HTTP_PORT: cannot listen on .*address already in use"):
            await second.__aenter__()


def test_each_installation_and_purpose_has_keys_of_its_own_that_no_repr_shows() -> None:
    other = WebhookKeys("another installation")
    keys = {KEYS.address_token, KEYS.shared_secret, other.address_token, other.shared_secret}
    assert len(keys) == 4
    webhook = KEYS.webhook_for("https://bot.example")
    assert webhook.url == f"https://bot.example/webhooks/bfl/{KEYS.address_token}"
    assert not any(key in repr((KEYS, webhook)) for key in keys | {"installation secret"})
