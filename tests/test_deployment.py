"""Deployment: what the files of the container say is true, and no forgotten token starts a playground."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from bot.config import Settings
from bot.serving import DRAIN_SECONDS
from bot.ui.shards import IDENTIFY_MS

ROOT = Path(__file__).parent.parent
VARIABLES = {name.upper() for name in Settings.model_fields}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
BOT: dict[str, Any] = COMPOSE["services"]["atelier"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
OPERATIONS = ROOT / "docs" / "operations"
UNIT = (OPERATIONS / "atelier.service").read_text("utf-8")


def run(folder: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program with these variables alone."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-m", "bot", command], cwd=folder, env=env, capture_output=True, text=True, timeout=60
    )


def test_a_container_without_a_token_does_not_run_a_playground(tmp_path: Path) -> None:
    ended = run(tmp_path, "run", ATELIER_CONTAINER="1")
    assert ended.returncode == 2
    assert "DISCORD_TOKEN: needed in a container" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_doctor_says_that_a_container_needs_a_token(tmp_path: Path) -> None:
    ended = run(tmp_path, "doctor", ATELIER_CONTAINER="1")
    assert ended.returncode == 1
    assert "FIX  Discord    no DISCORD_TOKEN" in ended.stdout


def test_the_container_knows_that_it_is_one() -> None:
    assert re.search(r"^ENV .*?\bATELIER_CONTAINER=1", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert re.search(r"^USER atelier$", DOCKERFILE, re.MULTILINE)


def test_compose_gives_no_rights_and_restarts_what_ends() -> None:
    assert BOT["read_only"] is True
    assert BOT["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in BOT["security_opt"]
    assert BOT["user"].startswith(re.findall(r"--uid (\d+)", DOCKERFILE)[0])
    assert BOT["restart"] == "unless-stopped"
    assert BOT["healthcheck"]["test"][0] == "CMD"
    assert BOT["stop_grace_period"]
    assert BOT["volumes"] == ["data:/data"]
    assert set(COMPOSE["volumes"]) == {"data", "postgres"}


def test_compose_keeps_a_file_unless_a_database_server_is_asked_for() -> None:
    database = COMPOSE["services"]["db"]
    assert BOT["environment"]["DATABASE_URL"] == "${DATABASE_URL:-sqlite+aiosqlite:////data/atelier.db}"
    assert database["profiles"] == ["postgres"]
    assert database["environment"]["POSTGRES_USER"] == "atelier"
    assert BOT["depends_on"]["db"] == {"condition": "service_healthy", "required": False}


def test_every_variable_that_is_set_for_a_deployment_exists() -> None:
    assert BOT["environment"].keys() <= VARIABLES
    unit = re.findall(r"([A-Z_]+)=", re.findall(r"^Environment=(.*)$", UNIT, re.MULTILINE)[0])
    assert set(unit) - VARIABLES == {"PYTHONPATH"}


def test_the_unit_restarts_what_ends_but_for_a_wrong_setting() -> None:
    assert "Restart=always" in UNIT
    assert "RestartPreventExitStatus=2" in UNIT


def test_several_units_share_the_shards_a_user_and_a_folder() -> None:
    differs = (OPERATIONS / "atelier.scaled.conf").read_text("utf-8")
    assert set(re.findall(r"^Environment=([A-Z_]+)=", differs, re.MULTILINE)) == {"SHARDS"} < VARIABLES
    assert "DynamicUser=yes" in UNIT, "else there has to be a user of that name"
    assert "User=atelier" in differs.splitlines(), "each instance would have a user of its own"
    assert ("StateDirectory=atelier" in UNIT, "StateDirectory" in differs) == (True, False)
    grace = [int(re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)[0]) for unit in (UNIT, differs)]
    assert grace[1] > grace[0]


def test_several_processes_share_one_server_and_its_shards() -> None:
    scaled = yaml.safe_load((OPERATIONS / "compose.scaled.yaml").read_text("utf-8"))["services"]
    bot = scaled["atelier"]
    assert bot["environment"].keys() <= VARIABLES
    assert bot["environment"]["SHARDS"] == "auto"
    assert bot["depends_on"] == {"db": {"condition": "service_healthy", "required": True}}
    assert seconds(bot["stop_grace_period"]) > seconds(BOT["stop_grace_period"])


def test_kubernetes_starts_a_process_before_it_stops_one_and_gives_it_time_and_no_rights() -> None:
    deployment, budget = yaml.safe_load_all((OPERATIONS / "kubernetes" / "atelier.yaml").read_text("utf-8"))
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    pod = deployment["spec"]["template"]["spec"]
    [bot] = pod["containers"]
    variables = {one["name"]: one["value"] for one in bot["env"]}
    assert variables.keys() <= VARIABLES
    assert variables["SHARDS"] == "auto"
    assert pod["terminationGracePeriodSeconds"] > DRAIN_SECONDS + 16 * IDENTIFY_MS / 1000
    assert [bot[one]["httpGet"]["path"] for one in ("livenessProbe", "readinessProbe")] == ["/healthz", "/readyz"]
    assert str(bot["ports"][0]["containerPort"]) == variables["HTTP_PORT"]
    assert str(pod["securityContext"]["runAsUser"]) in DOCKERFILE
    assert bot["securityContext"]["readOnlyRootFilesystem"] is True
    assert bot["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {one["name"] for one in bot["volumeMounts"]} == {one["name"] for one in pod["volumes"]}
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == budget["spec"]["selector"]["matchLabels"] == labels


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))
