"""The connector as its image runs it on Fargate: the package for arm64, with neonize's library for that machine."""

from __future__ import annotations

import subprocess

import pytest

from infra.aws.package import CONNECTOR
from infra.local.ports import free_port
from infra.local.services import Connector
from infra.local.whatsapp.client import WhatsAppControl
from tests.arm64 import Arm64, prepare_or_skip
from tests.emulation import PATIENCE_SECONDS
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User
from tests.stack import Gateway, Stack

# It takes a package to be built, and an emulator.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3 * PATIENCE_SECONDS)]


@pytest.fixture(scope="module")
def arm64(tmp_path_factory: pytest.TempPathFactory) -> Arm64:
    return prepare_or_skip(tmp_path_factory)


def _connector(arm64: Arm64, stack: Stack, gateway: Gateway) -> Connector:
    environment = {
        **gateway.queues.environment,
        **gateway.database.connector_environment,
        **stack.whatsapp.connector_environment,
        "GATEWAY_WORKERS": "1",
        "GATEWAY_SPOOL_DIRECTORY": str(gateway.spool),
    }
    connector = Connector(stack.logs / "arm64.log", free_port(), lambda: environment)
    connector.python, connector.project = str(arm64.python), arm64.packaged(CONNECTOR)
    connector.start_timeout = PATIENCE_SECONDS
    return connector


def test_it_links_a_number_and_sends(
    arm64: Arm64, stack: Stack, gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    which = [str(arm64.python), "-c", "import platform; print(platform.machine())"]
    assert subprocess.run(which, capture_output=True, text=True, check=True, timeout=60).stdout == "aarch64\n"
    mine, theirs = phone(), phone()
    session_id = user.create_session()
    user.connect(session_id)
    connector = _connector(arm64, stack, gateway)
    connector.start()
    try:
        # Its pairing process loads the library anew.
        code = user.wait_for_qr(session_id, timeout=PATIENCE_SECONDS)
        whatsapp.scan(mine, code)
        user.wait_for_state(session_id, "connected")
        message_id = user.send(session_id, theirs, "from another processor")
        user.wait_for_status(session_id, message_id, "sent", "delivered")
        whatsapp.wait_for_text(theirs, "from another processor")
    finally:
        connector.stop()
