"""The image as production runs it: it links a number, and it stops in time."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from infra.local.ports import free_port, responds_ok
from infra.local.whatsapp.client import WhatsAppControl
from infra.supply import apt, debian, scan
from infra.supply.sbom import add_image
from tests.emulation import PATIENCE_SECONDS, CannotRun
from tests.integration.connector import image
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.image import Image
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

# ECS waits this long between SIGTERM and SIGKILL.
STOP_SECONDS = 120


# Fargate's and this machine's own.
ARCHITECTURES = [name for name, machine in image.MACHINES.items() if machine in ("aarch64", platform.machine())]


@pytest.fixture(scope="module", params=ARCHITECTURES)
def built(request: pytest.FixtureRequest) -> Iterator[Image]:
    with ExitStack() as stack:
        try:
            made = stack.enter_context(image.built(request.param))
        except CannotRun as reason:
            pytest.skip(str(reason))
        yield made


def test_its_bill_of_materials_names_what_it_has_of_debian(built: Image, tmp_path: Path) -> None:
    (tmp_path / "connector.cdx.json").write_text(json.dumps({"components": []}))
    add_image(tmp_path, built.name, "podman")
    components = json.loads((tmp_path / "connector.cdx.json").read_text())["components"]
    named = {component["name"]: component for component in components}
    assert named["debian"]["type"] == "operating-system"
    assert {"libc6", "python3"} <= named.keys()
    assert any(name.startswith("libmagic1") for name in named)
    assert f"arch={built.architecture}&" in named["tini"]["purl"]
    assert "Package: tini\n" in (tmp_path / "connector.dpkg-status").read_text()


def test_its_packages_are_compared_with_debians_archive_for_security(built: Image) -> None:
    status = debian.read(built.name, "podman", debian.STATUS)
    archive = debian.security(debian.read(built.name, "podman", debian.SOURCES))
    # Which updates the image lacks changes by the day; one of a library that had several is always there.
    outdated = re.sub(r"(?s)(Package: libssl3t64\n.*?\nVersion: )\S+", r"\g<1>3.0", status, count=1)
    assert "libssl3t64" in {update.package for update in scan.lacking(outdated, apt.debian(*archive))}
    command = [sys.executable, "-m", "infra.supply.scan", built.name, "--engine", "podman"]
    scanned = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    updates = scan.lacking(status, apt.debian(*archive))
    assert scanned.returncode == bool(updates)
    assert all(str(update) in scanned.stderr for update in updates)


def test_it_links_a_number_sends_and_stops_on_sigterm(
    built: Image, stack: Stack, gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    port = free_port()
    led = stack.whatsapp.connector_environment
    environment = {
        **gateway.queues.environment,
        **gateway.database.connector_environment,
        **led,
        "GATEWAY_WORKERS": "1",
        "GATEWAY_HEALTH_PORT": str(port),
    }
    readable = [led["SSL_CERT_FILE"], led["PYTHONPATH"]]
    with image.running(built, environment, readable, stack.logs / "image.log") as container:
        wait_for(lambda: responds_ok(f"http://127.0.0.1:{port}/health"), bool, PATIENCE_SECONDS)
        assert container.run("python3", "-m", "connector.supervisor.probe").returncode == 0
        assert container.run("uname", "--machine").stdout == f"{image.MACHINES[built.architecture]}\n"
        assert container.run("cat", "/proc/1/comm").stdout == "tini\n"
        assert container.run("id", "--user").stdout == "10001\n"
        assert container.run("touch", "/app/x").returncode != 0
        mine, theirs = phone(), phone()
        # Its pairing process loads the library anew.
        session_id = user.link(mine, timeout=PATIENCE_SECONDS)
        message_id = user.send(session_id, theirs, "from the container")
        user.wait_for_status(session_id, message_id, "sent", "delivered")
        whatsapp.wait_for_text(theirs, "from the container")
        container.terminate()
        asked = time.monotonic()
        assert container.process.wait(STOP_SECONDS) == 0
        assert time.monotonic() - asked < STOP_SECONDS / 2
    assert "SIGSEGV" not in (stack.logs / "image.log").read_text()
    with psycopg.connect(gateway.database.admin) as connection:
        owned = connection.execute("SELECT count(*) FROM gateway.shard_leases WHERE owner IS NOT NULL").fetchone()
    assert owned == (0,)
