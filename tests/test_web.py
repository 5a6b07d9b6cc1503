"""The operator's port over the real wire."""

from __future__ import annotations

import hashlib
import hmac

import aiohttp
import structlog.testing

from bot.metrics import Metrics
from bot.web import WebhookKeys, WebServer

KEYS = WebhookKeys("installation secret")


class Heard:
    def __init__(self) -> None:
        self.ids: list[str] = []

    def hint(self, remote_id: str) -> None:
        self.ids.append(remote_id)


async def test_health_readiness_and_metrics_answer() -> None:
    ready, metrics = [False], Metrics()
    metrics.refused("BadInput")
    server = WebServer("127.0.0.1", 0, ready=lambda: ready[0], registry=metrics.registry)
    async with server, aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as http:
        assert (await http.get("/healthz")).status == 200
        assert (await http.get("/readyz")).status == 503
        ready[0] = True
        assert (await http.get("/readyz")).status == 200
        assert 'atelier_refusals_total{kind="BadInput"} 1.0' in await (await http.get("/metrics")).text()
        assert (await http.post("/webhooks/bfl/anything")).status == 404


async def test_a_call_back_is_a_hint_only_at_the_unguessable_address() -> None:
    heard = Heard()
    server = WebServer("127.0.0.1", 0, ready=lambda: True, registry=Metrics().registry, webhooks=(KEYS, heard))
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
