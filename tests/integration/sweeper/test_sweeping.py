"""The sweeper on a real PostgreSQL and SQS, as its own role."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from functions.sweeper.sweeping import Sweeper
from gateway.aws.notifier import Notifier
from gateway.aws.queues import CommandQueues, TurnQueue
from gateway.domain.turns import TurnStatus
from gateway.settings import SweeperSettings
from gateway.store import commands, outgoing
from gateway.store.assistant import turns, usage
from gateway.store.assistant.turns import Outcome
from gateway.store.database import Database
from gateway.store.fence import fenced
from gateway.store.messages import Message
from gateway.store.outgoing import Draft
from infra.local.database import DatabaseUrls
from infra.local.queues import sqs_client
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
from tests.integration.talk import Talk, talking
from tests.stack import Queues


@dataclass(frozen=True, slots=True)
class Yard:
    """A session and what the sweeper does about it."""

    talk: Talk
    queues: Queues
    database: Database

    def sweep(self, **settings: Any) -> dict[str, int]:
        found = SweeperSettings(**{"lost_after_seconds": 0, **settings})
        prefix = self.queues.prefix
        sweeper = Sweeper(found, self.database, Notifier(CommandQueues(prefix), TurnQueue(prefix)))
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

    def heard(self, queue: str) -> int:
        client = sqs_client(self.queues.endpoint)
        answer = client.receive_message(QueueUrl=self.queues.urls[queue], MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return len(answer.get("Messages", []))

    def send(self, expires_seconds: float = 3600) -> Message:
        session = read(self.talk.store, self.talk.owned)
        with self.talk.store.functions.transaction() as connection:
            return outgoing.queue(connection, session, Draft(BOB, "Hello"), PACING, expires_seconds)


@pytest.fixture
def yard(
    store: Store,  # noqa: F811
    linked: Owned,  # noqa: F811
    module_database: DatabaseUrls,
    queues: Queues,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Yard]:
    with psycopg.connect(module_database.admin) as admin:
        admin.execute("DELETE FROM gateway.turns; DELETE FROM gateway.commands; DELETE FROM gateway.events")
    for name, value in {**queues.environment, "GATEWAY_DATABASE_URL": module_database.sweeper}.items():
        monkeypatch.setenv(name, value)
    sweeper = Database(module_database.sweeper)
    with talking(store, linked, module_database) as talk:
        yield Yard(talk, queues, sweeper)
    sweeper.close()


def test_it_rings_again_for_commands_that_wait(yard: Yard) -> None:
    yard.send()
    assert yard.sweep(lost_after_seconds=60)["commands_rung"] == 0
    assert yard.sweep()["commands_rung"] == 1
    assert yard.heard(f"commands-{yard.talk.owned.shard}") == 1


def test_it_rings_again_for_turns_that_are_due_and_for_runs_that_died(yard: Yard) -> None:
    bell = yard.talk.hear()
    assert yard.sweep()["turns_rung"] == 1
    yard.talk.claimed(bell, lease=60)
    assert yard.sweep()["turns_rung"] == 0
    yard.age("turns", lease_until="1 hour")
    assert yard.sweep()["turns_rung"] == 1
    assert yard.heard("replies") == 2


def test_a_turn_that_is_not_due_yet_is_left_alone(yard: Yard) -> None:
    yard.talk.configure(debounce_seconds=30)
    yard.talk.hear()
    assert yard.sweep()["turns_rung"] == 0


def test_a_turn_nobody_finishes_ends_and_gives_its_tokens_back(yard: Yard) -> None:
    turn = yard.talk.claimed(yard.talk.hear(), lease=0)
    with yard.talk.replies.transaction() as connection:
        assert usage.reserve(connection, turn, 500, None)
    yard.age("turns", created_at="11 minutes")
    assert yard.sweep()["turns_expired"] == 1
    ended = yard.talk.turn(turn.id)
    assert (ended.status, ended.reason) == ("failed", "expired")
    with yard.talk.replies.transaction() as connection:
        assert usage.days(connection, yard.talk.session_id, 1)[0].reserved_tokens == 0
        assert turns.lock_claimed(connection, turn) is None


def test_a_turn_that_is_running_is_not_ended(yard: Yard) -> None:
    yard.talk.claimed(yard.talk.hear(), lease=60)
    yard.age("turns", created_at="11 minutes")
    assert yard.sweep()["turns_expired"] == 0


def test_commands_no_owner_drains_expire_with_their_messages(yard: Yard) -> None:
    message, running, later = yard.send(), yard.send(), yard.send()
    with fenced(yard.talk.store.connector, yard.talk.session_id, yard.talk.owned.epoch) as fence:
        assert running.command_id
        commands.claim(fence, running.command_id)
    with psycopg.connect(yard.talk.admin) as admin:
        expire = "UPDATE gateway.commands SET expires_at = now() - interval '%s' WHERE id <> '%s'"
        admin.execute(expire % ("10 seconds", later.command_id))
    assert yard.sweep()["commands_expired"] == 0, "its owner has a moment for that"
    with psycopg.connect(yard.talk.admin) as admin:
        admin.execute(expire % ("1 minute", later.command_id))
    assert yard.sweep()["commands_expired"] == 1
    with yard.talk.store.functions.transaction() as connection:
        rows = connection.execute(
            "SELECT id, status, error FROM gateway.whatsapp_explorer_messages WHERE session_id = %s",
            [yard.talk.session_id],
        ).fetchall()
    states = {row["id"]: (row["status"], row["error"]) for row in rows}
    assert states == {message.id: ("failed", "expired"), running.id: ("queued", None), later.id: ("queued", None)}


def test_what_is_old_is_forgotten_in_bounded_steps_and_the_rest_kept(yard: Yard) -> None:
    for text in ("one", "two", "three"):
        yard.talk.hear(text, message_type="sticker")
    kept = yard.count("events")
    yard.age("events", created_at="31 days")
    yard.age("turns", ended_at="91 days")
    assert yard.sweep(batch=2)["rows_forgotten"] == 4
    assert (yard.count("events"), yard.count("turns")) == (kept - 2, 1)
    yard.sweep()
    assert (yard.count("events"), yard.count("turns")) == (0, 0)
    yard.talk.hear("new", message_type="sticker")
    yard.sweep()
    assert (yard.count("events"), yard.count("turns")) == (1, 1)


def test_the_text_of_a_trial_is_forgotten_after_an_hour(yard: Yard) -> None:
    with yard.talk.store.functions.transaction() as connection:
        asked = turns.request_test(connection, yard.talk.session_id, "Hello")
    with yard.talk.replies.transaction() as connection:
        turns.finish(connection, asked.id, Outcome(TurnStatus.REPLIED, output="Secret"))
    yard.sweep()
    assert yard.talk.turn(asked.id).output == "Secret"
    yard.age("turns", ended_at="61 minutes")
    yard.sweep()
    assert yard.talk.turn(asked.id).output is None


def test_a_deleted_sessions_data_is_erased_and_its_row_when_it_is_unlinked(yard: Yard) -> None:
    yard.talk.hear()
    yard.send()
    yard.sweep()
    with psycopg.connect(yard.talk.admin) as admin:
        admin.execute("DELETE FROM gateway.whatsapp_sessions WHERE NOT is_active")
        admin.execute(
            "UPDATE gateway.whatsapp_sessions SET is_active = false, updated_at = now() - interval '8 days'"
            " WHERE id = %s",
            [yard.talk.session_id],
        )
    assert yard.sweep(deleted_session_days=9)["rows_erased"] == 0
    assert yard.sweep()["rows_erased"] > 4
    with psycopg.connect(yard.talk.admin) as admin:
        for table in ("turns", "whatsapp_explorer_messages", "chats", "commands", "events", "ai_configs"):
            row = admin.execute(
                f"SELECT count(*) FROM gateway.{table} WHERE session_id = %s",
                [yard.talk.session_id],
            ).fetchone()
            assert row == (0,), table
        found = admin.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s", [yard.talk.session_id])
        assert found.rowcount == 1, "its number is still to be unlinked"
        admin.execute("UPDATE gateway.whatsapp_sessions SET auth_state = '{}' WHERE id = %s", [yard.talk.session_id])
    assert yard.sweep()["rows_erased"] == 1


def test_one_task_that_fails_does_not_keep_the_others_from_it(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    yard.send()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9")
    done = yard.sweep()
    assert "commands_rung" not in done
    assert {"measured", "commands_expired", "rows_forgotten", "rows_erased"} <= done.keys()


def test_out_of_time_it_begins_nothing_more(yard: Yard) -> None:
    sweeper = Sweeper(SweeperSettings(), yard.database, Notifier(CommandQueues(), TurnQueue()))
    assert sweeper.sweep(time.monotonic() - 1) == {}
