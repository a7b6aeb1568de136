"""What a start asks when its turn has come."""

from __future__ import annotations

import queue
import time
from pathlib import Path

import pytest

from connector.credentials import Credentials
from connector.sessions.activity import SessionContext, SessionEvent, Wake
from connector.sessions.client_run import ClientRun
from connector.sessions.doorbells import Doorbells
from connector.sessions.event_ringer import EventRinger
from connector.sessions.goal import Goal
from connector.sessions.limiter import FairLimiter
from connector.sessions.owned_session import OwnedSession
from connector.sessions.reconnector import LONGEST_WAIT_SECONDS, Reconnector
from connector.sessions.resources import Resources
from connector.sessions.uploads import Uploads
from connector.spool.spool import Spool
from connector.term import Term
from connector.whatsapp.errors import ClientGone, DeviceMissing
from connector.whatsapp.spare_child import SpareChild
from gateway.aws.media_storage import MediaStorage
from gateway.aws.notifier import WebhookNotifier
from gateway.aws.queues import MediaQueue, TurnQueue, WebhookQueue
from gateway.domain.access import Reach
from gateway.event_bell import EventBell
from gateway.settings import ConnectorSettings
from gateway.store import desired_state
from infra.local.database import DatabaseUrls
from tests.integration.store.conftest import Owned, Store
from tests.integration.store.conftest import linked as linked
from tests.integration.store.conftest import make_session as make_session
from tests.integration.store.conftest import owned as owned
from tests.integration.store.conftest import store as store
from tests.integration.store.conftest import user as user


@pytest.fixture
def mailbox() -> queue.SimpleQueue[SessionEvent]:
    return queue.SimpleQueue()


@pytest.fixture
def context(
    store: Store, linked: Owned, module_database: DatabaseUrls, mailbox: queue.SimpleQueue[SessionEvent]
) -> SessionContext:
    credentials = Credentials(module_database.whatsmeow)
    credentials.migrate()
    resources = Resources(
        linked.worker,
        ConnectorSettings.model_construct(reconnect_base_seconds=1.0, reconnect_max_seconds=1.0, idle_seconds=0.1),
        store.connector,
        credentials,
        FairLimiter(1, 1),
        SpareChild(0),
        Doorbells("replies", TurnQueue("").send),
        Doorbells("media", MediaQueue("").send),
        Spool(Path("nowhere"), linked.worker, store.connector, 0),
        EventRinger(EventBell(store.connector, WebhookNotifier(WebhookQueue()))),
        MediaStorage(""),
        Uploads(1, 1, lambda: None),
    )
    session = OwnedSession(resources, Term(linked.shard, linked.epoch, time.monotonic() + 3600), linked.session_id)
    return SessionContext(resources, session, mailbox.put, lambda *_: None, lambda: False)


@pytest.mark.parametrize(("wanted", "goal"), [("connected", Goal.UNLINK), ("disconnected", Goal.ONLINE)])
def test_what_its_user_wants_no_more_is_not_begun(
    context: SessionContext, store: Store, linked: Owned, wanted: str, goal: Goal
) -> None:
    with store.functions.transaction() as connection:
        request = desired_state.request_connect if wanted == "connected" else desired_state.request_disconnect
        request(connection, Reach(linked.user), linked.session_id)
    with pytest.raises(ClientGone, match="wanted"):
        Reconnector(context, goal).open("missing@s.whatsapp.net")


def test_what_is_wanted_is_begun_with_a_device_that_the_store_has(
    context: SessionContext, store: Store, linked: Owned
) -> None:
    with store.functions.transaction() as connection:
        desired_state.request_connect(connection, Reach(linked.user), linked.session_id)
    with pytest.raises(DeviceMissing):
        Reconnector(context, Goal.ONLINE).open("missing@s.whatsapp.net")


def test_the_end_of_the_client_before_is_told_and_not_asked_for(
    context: SessionContext, mailbox: queue.SimpleQueue[SessionEvent]
) -> None:
    resources, session_id = context.resources, context.owned_session.session_id
    last = resources.client_runs[session_id] = ClientRun(
        session_id,
        "missing@s.whatsapp.net",
        resources.credentials.dsn,
        resources.settings,
        send=context.send,
        store=context.store,
    )
    reconnector = Reconnector(context, Goal.ONLINE)
    assert not reconnector.may_open
    assert not reconnector.may_open
    assert (reconnector.due or 0) > time.monotonic() + LONGEST_WAIT_SECONDS / 2
    with pytest.raises(DeviceMissing):
        last.open(lambda: None, lambda: None)
    assert mailbox.get(timeout=5) == Wake()
    assert mailbox.empty()
    assert reconnector.may_open
