"""Connections to whatsmeow's store are limited: what starts waits for its turn, and what runs keeps what it needs.

Where one that runs is refused all the same, what it receives waits until it is not.
"""

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
        # The limit is for all databases: what ended by itself in another would make room.
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s AND datname <> %s"
        admin.execute(others, [WHATSMEOW_ROLE, gateway.database.name])
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


@contextmanager
def _refused(gateway: Gateway) -> Iterator[None]:
    """Close the connections to whatsmeow's store, and refuse new ones."""
    with psycopg.connect(gateway.database.admin, autocommit=True) as admin:
        limit_connections(admin, WHATSMEOW_ROLE, 0)
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [WHATSMEOW_ROLE])
        try:
            yield
        finally:
            limit_connections(admin, WHATSMEOW_ROLE, None)


def test_what_comes_while_the_store_refuses_is_read_when_it_does_not_any_more(
    guest: User, shared_gateway: Gateway, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    log = shared_gateway.logs / "connector-0.log"
    tenant, office = phone(), phone()
    session = guest.link(office)
    whatsapp.send(tenant, office, "before")
    guest.wait_for_texts(session, "before")
    waits = "a message waits: whatsmeow's store did not answer"
    before = log.read_text().count(waits)
    with _refused(shared_gateway):
        whatsapp.send(tenant, office, "while it refuses")
        wait_for(log.read_text, lambda text: text.count(waits) > before)
    guest.wait_for_texts(session, "while it refuses")
    assert guest.received(session) == ["before", "while it refuses"]
