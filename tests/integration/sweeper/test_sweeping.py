"""The sweeper on a real PostgreSQL and SQS, as its own role."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from functions.sweeper.sweeping import Sweeper
from gateway.aws.media_storage import MediaStorage
from gateway.aws.notifier import MediaNotifier, Notifier, WebhookNotifier
from gateway.aws.queues import CommandQueues, MediaQueue, PushQueue, TurnQueue, WebhookQueue
from gateway.domain.commands import CommandKind
from gateway.domain.outbound import Text
from gateway.domain.turns import TurnStatus
from gateway.store import commands, messages, outgoing
from gateway.store.assistant import running, turns, usage
from gateway.store.assistant.turns import Outcome
from gateway.store.database import Database
from gateway.store.drafts import Draft
from gateway.store.fence import fenced
from gateway.store.messages import Message
from gateway.store.sessions import Session
from gateway.sweeper_settings import SweeperSettings
from infra.local.database import DatabaseUrls
from infra.local.queues import bucket_name, sqs_client
from tests.integration.store.conftest import (  # noqa: F401 (fixtures)
    BOB,
    PACING,
    Owned,
    Store,
    linked,
    make_session,
    owned,
    read,
    store,
    user,
)
from tests.integration.talk import Talk, reserve, talking
from tests.stack import Queues

REFUSE = """
    CREATE FUNCTION gateway.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '57014'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON gateway.commands
        FOR EACH ROW WHEN (NEW.session_id = '{session}') EXECUTE FUNCTION gateway.refuse()
"""


@dataclass(frozen=True, slots=True)
class SweptSession:
    """A session with rows for the sweeper to act on."""

    talk: Talk
    queues: Queues
    database: Database

    def sweep(self, **settings: Any) -> dict[str, int]:
        found = SweeperSettings(**{"lost_after_seconds": 0, **settings})
        prefix = self.queues.prefix
        sweeper = Sweeper(
            found,
            self.database,
            Notifier(CommandQueues(prefix), TurnQueue(prefix)),
            WebhookNotifier(WebhookQueue(prefix)),
            MediaNotifier(MediaQueue(prefix)),
            PushQueue(prefix),
            MediaStorage(bucket_name(prefix)),
        )
        return sweeper.sweep(time.monotonic() + 60)

    def age(self, table: str, **columns: str) -> None:
        """Move times of all rows into the past."""
        assignments = ", ".join(f"{column} = {column} - interval '{by}'" for column, by in columns.items())
        with psycopg.connect(self.talk.admin) as admin:
            admin.execute(f"UPDATE gateway.{table} SET {assignments}")

    def count(self, table: str) -> int:
        with psycopg.connect(self.talk.admin) as admin:
            row = admin.execute(f"SELECT count(*) FROM gateway.{table}").fetchone()
        return row[0] if row else 0

    def received(self, queue: str) -> int:
        client = sqs_client(self.queues.endpoint)
        answer = client.receive_message(QueueUrl=self.queues.urls[queue], MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return len(answer.get("Messages", []))

    def send(self, expires_seconds: float = 3600) -> Message:
        session = read(self.talk.store, self.talk.owned)
        with self.talk.store.functions.transaction() as connection:
            send = outgoing.queue(connection, session, Draft(BOB, Text("Hello")), PACING, expires_seconds)
            return messages.get(connection, session.id, send.id)


@pytest.fixture
def session(
    store: Store,  # noqa: F811
    linked: Owned,  # noqa: F811
    module_database: DatabaseUrls,
    queues: Queues,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[SweptSession]:
    with psycopg.connect(module_database.admin) as admin:
        admin.execute("DELETE FROM gateway.turns; DELETE FROM gateway.commands; DELETE FROM gateway.events")
    for name, value in {**queues.environment, "GATEWAY_DATABASE_URL": module_database.sweeper}.items():
        monkeypatch.setenv(name, value)
    sweeper = Database(module_database.sweeper)
    with talking(store, linked, module_database) as talk:
        yield SweptSession(talk, queues, sweeper)
    sweeper.close()


def test_it_sends_doorbells_again_for_commands_that_wait(session: SweptSession) -> None:
    session.send()
    assert session.sweep(lost_after_seconds=60)["commands_rung"] == 0
    assert session.sweep()["commands_rung"] == 1
    assert session.received(f"commands-{session.talk.owned.shard}") == 1


def test_it_sends_doorbells_again_for_turns_that_are_due_and_for_runs_that_died(session: SweptSession) -> None:
    due = session.talk.hear()
    assert session.sweep()["turns_rung"] == 1
    session.talk.claimed(due, lease=60)
    assert session.sweep()["turns_rung"] == 0
    session.age("turns", lease_until="1 hour")
    assert session.sweep()["turns_rung"] == 1
    assert session.received("replies") == 2


def test_a_turn_that_is_not_due_yet_is_left_alone(session: SweptSession) -> None:
    session.talk.configure(debounce_seconds=30)
    session.talk.hear()
    assert session.sweep()["turns_rung"] == 0


def test_a_turn_nobody_finishes_ends_and_gives_its_tokens_back(session: SweptSession) -> None:
    turn = session.talk.claimed(session.talk.hear(), lease=0)
    with session.talk.replies.transaction() as connection:
        assert reserve(connection, turn, 500, None)
    session.age("turns", created_at="11 minutes")
    assert session.sweep()["turns_expired"] == 1
    ended = session.talk.turn(turn.id)
    assert (ended.status, ended.reason) == ("failed", "expired")
    with session.talk.replies.transaction() as connection:
        assert usage.days(connection, session.talk.session_id, 1)[0].reserved_tokens == 0
        assert running.ask_claimed(connection, turn).fetchone() is None


def test_a_turn_that_is_running_is_not_ended(session: SweptSession) -> None:
    session.talk.claimed(session.talk.hear(), lease=60)
    session.age("turns", created_at="11 minutes")
    assert session.sweep()["turns_expired"] == 0


def test_commands_no_owner_drains_expire_with_their_messages(session: SweptSession) -> None:
    message, running, later = session.send(), session.send(), session.send()
    with fenced(session.talk.store.connector, session.talk.session_id, session.talk.owned.epoch) as fence:
        assert running.command_id
        commands.claim(fence, running.command_id)
    with psycopg.connect(session.talk.admin) as admin:
        expire = "UPDATE gateway.commands SET expires_at = now() - interval '%s' WHERE id <> '%s'"
        admin.execute(expire % ("10 seconds", later.command_id))
    assert session.sweep()["commands_expired"] == 0, "its owner has a moment for that"
    with psycopg.connect(session.talk.admin) as admin:
        admin.execute(expire % ("1 minute", later.command_id))
    assert session.sweep()["commands_expired"] == 1
    with session.talk.store.functions.transaction() as connection:
        rows = connection.execute(
            "SELECT id, status, error FROM gateway.whatsapp_explorer_messages WHERE session_id = %s",
            [session.talk.session_id],
        ).fetchall()
    states = {row["id"]: (row["status"], row["error"]) for row in rows}
    assert states == {message.id: ("failed", "expired"), running.id: ("queued", None), later.id: ("queued", None)}


def test_a_message_whose_command_its_owner_did_not_know_fails(session: SweptSession) -> None:
    """An owner of an older release ends such a command without knowing that it sends a message."""
    waiting, unknown = session.send(), session.send()
    with psycopg.connect(session.talk.admin) as admin:
        admin.execute("UPDATE gateway.commands SET status = 'failed' WHERE id = %s", [unknown.command_id])
    assert session.sweep()["messages_failed"] == 1
    assert session.sweep()["messages_failed"] == 0
    with session.talk.store.functions.transaction() as connection:
        found = messages.by_ids(connection, [waiting.id, unknown.id])
    assert found[waiting.id].status == "queued"
    assert (found[unknown.id].status, found[unknown.id].error) == ("failed", "attempts_failed")


def test_what_is_old_is_forgotten_step_by_step_and_the_rest_kept(session: SweptSession) -> None:
    for text in ("one", "two", "three"):
        session.talk.hear(text, message_type="sticker")
    old = session.count("events") + session.count("turns")
    session.age("events", created_at="31 days")
    session.age("turns", ended_at="91 days")
    assert session.sweep(batch=2)["rows_forgotten"] == old
    assert (session.count("events"), session.count("turns")) == (0, 0)
    session.talk.hear("new", message_type="sticker")
    session.sweep()
    assert (session.count("events"), session.count("turns")) == (1, 1)


def test_the_event_of_a_message_is_kept_for_two_weeks(session: SweptSession) -> None:
    session.talk.hear("one", raw=b"event")
    session.age("raw_events", kept_at="13 days")
    session.sweep()
    assert session.count("raw_events") == 1
    session.age("raw_events", kept_at="1 day")
    session.sweep()
    assert session.count("raw_events") == 0


def test_the_text_of_a_trial_is_forgotten_after_an_hour(session: SweptSession) -> None:
    with session.talk.store.functions.transaction() as connection:
        asked = turns.request_test(connection, session.talk.session_id, "Hello")
    with session.talk.replies.transaction() as connection:
        turns.finish(connection, asked.id, Outcome(TurnStatus.REPLIED, output="Secret"))
    session.sweep()
    assert session.talk.turn(asked.id).output == "Secret"
    session.age("turns", ended_at="61 minutes")
    session.sweep()
    assert session.talk.turn(asked.id).output is None


def test_a_deleted_sessions_data_is_erased_and_its_row_when_it_is_unlinked(session: SweptSession) -> None:
    session.talk.hear()
    session.send()
    session.sweep()
    with psycopg.connect(session.talk.admin) as admin:
        admin.execute("DELETE FROM gateway.whatsapp_sessions WHERE NOT is_active")
        admin.execute(
            "UPDATE gateway.whatsapp_sessions SET is_active = false, updated_at = now() - interval '8 days'"
            " WHERE id = %s",
            [session.talk.session_id],
        )
    assert session.sweep(deleted_session_days=9)["rows_erased"] == 0
    assert session.sweep()["rows_erased"] > 4
    with psycopg.connect(session.talk.admin) as admin:
        for table in ("turns", "whatsapp_explorer_messages", "chats", "commands", "events", "ai_configs"):
            row = admin.execute(
                f"SELECT count(*) FROM gateway.{table} WHERE session_id = %s",
                [session.talk.session_id],
            ).fetchone()
            assert row == (0,), table
        found = admin.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s", [session.talk.session_id])
        assert found.rowcount == 1, "its number is still to be unlinked"
        admin.execute("UPDATE gateway.whatsapp_sessions SET auth_state = '{}' WHERE id = %s", [session.talk.session_id])
    assert session.sweep()["rows_erased"] == 1


def test_one_task_that_fails_does_not_keep_the_others_from_it(
    session: SweptSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.send()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9")
    done = session.sweep()
    assert "commands_rung" not in done
    assert {"measured", "commands_expired", "rows_forgotten", "rows_erased"} <= done.keys()


def test_one_session_that_fails_does_not_keep_the_others_from_it(
    session: SweptSession,
    make_session: Callable[[], Session],  # noqa: F811
) -> None:
    """The database refuses every change of the commands of one session."""
    other = make_session()
    with session.talk.store.functions.transaction() as connection:
        for owner in (other, read(session.talk.store, session.talk.owned)):
            commands.enqueue(connection, owner, CommandKind.MARK_READ, {}, expires_seconds=-60)
    with psycopg.connect(session.talk.admin) as admin:
        admin.execute(REFUSE.format(session=other.id))
    try:
        assert session.sweep()["commands_expired"] == 1
    finally:
        with psycopg.connect(session.talk.admin) as admin:
            admin.execute("DROP TRIGGER refuse ON gateway.commands")
    assert session.sweep()["commands_expired"] == 1


def test_out_of_time_it_begins_nothing_more(session: SweptSession) -> None:
    sweeper = Sweeper(
        SweeperSettings(),
        session.database,
        Notifier(CommandQueues(), TurnQueue()),
        WebhookNotifier(WebhookQueue()),
        MediaNotifier(MediaQueue()),
        PushQueue(),
        MediaStorage("none"),
    )
    assert sweeper.sweep(time.monotonic() - 1) == {}
