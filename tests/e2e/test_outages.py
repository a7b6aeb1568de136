from __future__ import annotations

from functools import partial
from typing import Any

import httpx
import pytest

from infra.local.services import Connector
from tests.e2e.world import Linked, World, until, until_connected, until_that, worker_ids

pytestmark = pytest.mark.slow


@pytest.fixture
def linked(fresh: World) -> Linked:
    fresh.gateway.start_connector(GATEWAY_LEASE_TTL_SECONDS="6", GATEWAY_LEASE_MARGIN_SECONDS="1")
    return fresh.link()


def test_postgresql_restarts(fresh: World, linked: Linked) -> None:
    tenant = fresh.phone("Tenant")
    fresh.stack.postgres.restart()
    until(lambda: fresh.client.health().status == "ok", timeout=30)
    fresh.say(tenant, linked.number, "after the restart of the database")
    until(lambda: linked.message("after the restart of the database"), timeout=30)
    until_connected(linked.session, linked.number)
    linked.session.send(tenant, fresh.text("sent after the restart"))
    fresh.whatsapp.wait_for_text(tenant, "sent after the restart")
    assert fresh.conflicts() == 0


def test_postgresql_is_killed_while_messages_arrive(fresh: World, linked: Linked) -> None:
    tenant = fresh.phone("Tenant")
    texts = [f"around the crash of the database {number}" for number in range(30)]
    for number, text in enumerate(texts):
        fresh.say(tenant, linked.number, text)
        if number == 10:
            fresh.stack.postgres.kill()
    fresh.stack.postgres.start()
    until(lambda: fresh.client.health().status == "ok", timeout=30)
    until(lambda: linked.message(texts[-1]), timeout=60)
    messages = list(linked.session.messages())[::-1]
    assert [message.content or text for message, text in zip(messages, texts, strict=True)] == texts
    # whatsmeow gives up within 50 ms what it cannot decrypt without its store: a loaded machine closes sockets later.
    assert {message.message_type for message in messages if message.content is None} <= {"undecryptable"}


def test_a_long_absence_of_the_database_restarts_no_connector(fresh: World) -> None:
    connector = fresh.gateway.start_connector(GATEWAY_LEASE_TTL_SECONDS="3", GATEWAY_LEASE_MARGIN_SECONDS="1")
    linked = fresh.link()
    before = worker_ids(connector)
    fresh.stack.postgres.kill()
    try:
        # For longer than a lease: nobody owns anything any more.
        status, state = until_that(
            partial(health_of, connector), lambda answer: answer[1]["workers"][0]["state"] == "waiting", timeout=60
        )
        assert (status, state["status"], state["database"]) == (200, "degraded", {"state": "away"})
    finally:
        fresh.stack.postgres.start()
    _, state = until_that(partial(health_of, connector), lambda answer: answer[1]["status"] == "ok", timeout=60)
    assert (state["workerRestarts"], worker_ids(connector)) == (0, before)
    until_connected(linked.session, linked.number, timeout=60)


def health_of(connector: Connector) -> tuple[int, dict[str, Any]]:
    answer = httpx.get(connector.health_url, trust_env=False)
    return answer.status_code, answer.json()


def test_sqs_is_away(fresh: World, linked: Linked) -> None:
    tenant = fresh.phone("Tenant")
    fresh.stack.ministack.kill()
    try:
        assert fresh.client.health().status == "degraded"
        sent = linked.session.send(tenant, fresh.text("sent without a doorbell"))
        assert sent.id is not None
        fresh.whatsapp.wait_for_text(tenant, "sent without a doorbell", timeout=15)
    finally:
        fresh.stack.ministack.start()
    linked.session.send(tenant, fresh.text("sent with a doorbell again"))
    fresh.whatsapp.wait_for_text(tenant, "sent with a doorbell again")
    assert [m["text"] for m in fresh.whatsapp.messages(tenant)] == [
        "sent without a doorbell",
        "sent with a doorbell again",
    ]


def test_the_queue_alone_suffices(fresh: World) -> None:
    """Without LISTEN, as behind a pooler."""
    fresh.gateway.start_connector(GATEWAY_LISTEN="false")
    linked, tenant = fresh.link(), fresh.phone("Tenant")
    sent = linked.session.send(tenant, fresh.text("rung through SQS"))
    assert sent.status in ("sent", "delivered")


def test_whatsapp_refuses_for_a_while(fresh: World, linked: Linked) -> None:
    tenant = fresh.phone("Tenant")
    fresh.whatsapp.fault(refuseSeconds=8)
    fresh.whatsapp.fault(drop=True)
    until(lambda: linked.state() == "connecting")
    sent = linked.session.send(tenant, fresh.text("queued while WhatsApp refused"), wait=False)
    until(lambda: linked.session.message(sent.id).status in ("sent", "delivered"), timeout=40)
    until_connected(linked.session, linked.number)


def test_whatsapp_cannot_be_reached_at_all(fresh: World) -> None:
    fresh.gateway.start_connector()
    fresh.whatsapp.fault(refuseSeconds=300)
    session = fresh.connecting()
    status = until_that(session.status, lambda s: s.reason == "cannot_reach_whatsapp", timeout=20)
    assert status.status == "connecting"
    fresh.whatsapp.clear_faults()
    number = fresh.phone()
    fresh.scan(session, number)
    until_connected(session, number)
