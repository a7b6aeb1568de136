"""Connections to whatsmeow's store are limited: what starts waits for its turn, and what runs keeps what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from gateway.store.logins import WHATSMEOW_ROLE, limit_connections
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway


@contextmanager
def _limit(gateway: Gateway) -> Iterator[None]:
    """Let nothing start any more: what is open is three quarters of the limit."""
    with psycopg.connect(gateway.database.admin, autocommit=True) as admin:
        count = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
        (used,) = admin.execute(count, [WHATSMEOW_ROLE]).fetchone() or (0,)
        limit_connections(admin, WHATSMEOW_ROLE, used)
        try:
            yield
        finally:
            limit_connections(admin, WHATSMEOW_ROLE, None)


def test_a_session_that_starts_waits_for_a_connection_and_one_that_runs_loses_nothing(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    gateway.start_connector()
    log = gateway.logs / "connector-0.log"
    tenant, office, branch = phone(), phone(), phone()
    running, starting = user.link(office), user.link(branch)
    user.disconnect(starting)
    user.wait_for_state(starting, "disconnected")
    whatsapp.send(tenant, office, "before")
    user.wait_for_texts(running, "before")
    with _limit(gateway):
        user.connect(starting)
        wait_for(log.read_text, lambda text: "are needed by the clients that run" in text)
        whatsapp.send(tenant, office, "while it waits")
        whatsapp.send(tenant, branch, "to the one that waits")
        user.wait_for_texts(running, "while it waits")
        sent = user.send(running, tenant, "sent while it waits")
        user.wait_for_status(running, sent, "sent", "delivered")
        assert user.session(starting).connection_status == "connecting"
    user.wait_for_state(starting, "connected")
    user.wait_for_texts(starting, "to the one that waits")
    assert user.received(running) == ["before", "while it waits"]
