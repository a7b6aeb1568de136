"""The image as production runs it: it links a number, and it stops in time."""

from __future__ import annotations

import json
import time
from pathlib import Path

import psycopg
import pytest

from infra.local.ports import free_port, responds_ok
from infra.local.whatsapp.client import WhatsAppControl
from infra.supply.sbom import add_image
from tests.integration.connector import image
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

# ECS waits this long between SIGTERM and SIGKILL.
STOP_SECONDS = 120


@pytest.fixture(scope="module")
def runtime() -> str:
    try:
        return image.build()
    except image.CannotRun as reason:
        pytest.skip(str(reason))


@pytest.mark.usefixtures("runtime")
def test_its_bill_of_materials_names_what_it_has_of_debian(tmp_path: Path) -> None:
    (tmp_path / "connector.cdx.json").write_text(json.dumps({"components": []}))
    add_image(tmp_path, image.IMAGE, "podman")
    components = json.loads((tmp_path / "connector.cdx.json").read_text())["components"]
    named = {component["name"]: component["type"] for component in components}
    assert named["debian"] == "operating-system"
    assert {"libc6", "python3", "tini"} <= named.keys()
    assert any(name.startswith("libmagic1") for name in named)
    assert "Package: tini\n" in (tmp_path / "connector.dpkg-status").read_text()


def test_it_links_a_number_sends_and_stops_on_sigterm(
    runtime: str, stack: Stack, gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
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
    with image.running(runtime, environment, readable, stack.logs / "image.log") as container:
        wait_for(lambda: responds_ok(f"http://127.0.0.1:{port}/health"), bool, 60)
        assert container.run("python3", "-m", "connector.supervisor.probe").returncode == 0
        assert container.run("cat", "/proc/1/comm").stdout == "tini\n"
        assert container.run("id", "--user").stdout == "10001\n"
        assert container.run("touch", "/app/x").returncode != 0
        mine, theirs = phone(), phone()
        session_id = user.link(mine)
        message_id = user.send(session_id, theirs, "from the container")
        user.wait_for_status(session_id, message_id, "sent", "delivered")
        whatsapp.wait_for_text(theirs, "from the container")
        container.terminate()
        asked = time.monotonic()
        assert container.process.wait(STOP_SECONDS) == 0
        assert time.monotonic() - asked < STOP_SECONDS / 2
    with psycopg.connect(gateway.database.admin) as connection:
        owned = connection.execute("SELECT count(*) FROM gateway.shard_leases WHERE owner IS NOT NULL").fetchone()
    assert owned == (0,)
