"""What operators do in the terminal, and through the migrate function: API keys, events that were set aside."""

from __future__ import annotations

import json
import re
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from typer.testing import CliRunner

from functions.migrate import operations
from gateway.cli import app
from gateway.domain.access import Reach
from gateway.domain.operations import ChangeGroup
from gateway.domain.outbound import Text
from gateway.domain.phone import parse_recipient
from gateway.settings import MigrateSettings
from gateway.store import commands, desired_state, messages, outgoing, sessions, users
from gateway.store import operations as asked
from gateway.store.drafts import Draft
from gateway.store.ids import new_id
from gateway.store.maintenance.questions import Question, ask
from gateway.store.pacing import Pacing
from gateway.store.schema import DEFAULT_USER_PROFILES
from infra.local.database import DatabaseUrls


@pytest.fixture(autouse=True)
def operator(module_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", module_database.admin)


def _keys(*arguments: str) -> str:
    return _gateway("keys", *arguments)


def _gateway(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_keys_in_the_terminal() -> None:
    owner = str(new_id())
    made = json.loads(_keys("create", "--user", owner, "--name", "the app", "--json"))
    assert (made["userProfileId"], made["name"]) == (owner, "the app")
    assert made["key"].startswith("wag_")
    assert made["scopes"] == ["read", "send", "manage"]
    shown = _keys("create")
    assert "cannot be shown again" in shown
    assert "every one (an app key)" in shown
    session = str(new_id())
    few = json.loads(_keys("create", "--scope", "send", "--scope", "read", "--session", session, "--json"))
    assert (few["userProfileId"], few["scopes"], few["sessionIds"]) == (None, ["read", "send"], [session])
    rotated = json.loads(_keys("rotate", made["id"], "--grace", "0", "--json"))
    assert (rotated["userProfileId"], rotated["key"] != made["key"]) == (owner, True)
    _keys("revoke", rotated["id"])
    listed = {key["id"]: key for key in json.loads(_keys("list", "--json"))}
    assert (listed[made["id"]]["expiresAt"] is not None, listed[made["id"]]["revokedAt"]) == (True, None)
    assert listed[rotated["id"]]["revokedAt"]
    table = _keys("list")
    assert made["key"] not in table
    assert re.findall(r"(active|ended|revoked) +(user|app)", table)[:3] == [
        ("revoked", "user"),
        ("active", "app"),
        ("active", "app"),
    ]


def test_sessions_that_move_wait_for_owners(module_database: DatabaseUrls) -> None:
    with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
        owner = new_id()
        users.ensure(connection, owner, DEFAULT_USER_PROFILES)
        session = sessions.create(connection, owner, "office", 1024)
        desired_state.request_connect(connection, Reach(owner), session.id)
    result = CliRunner().invoke(app, ["reshard", "16", "--wait", "0"])
    assert (result.exit_code, result.stdout) == (1, "1 sessions have moved\n")
    assert "1 sessions have no owner: do connectors run, with 16 shards?" in result.stderr
    with psycopg.connect(module_database.admin) as connection:
        connection.execute("UPDATE gateway.whatsapp_sessions SET is_active = false WHERE id = %s", [session.id])
    assert _gateway("reshard", "16").endswith("each session that is to be connected has an owner\n")


def test_after_a_restore_what_waited_is_unknown_and_is_not_sent(module_database: DatabaseUrls) -> None:
    with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
        owner = new_id()
        users.ensure(connection, owner, DEFAULT_USER_PROFILES)
        session = sessions.create(connection, owner, "office", 16)
        linked = (
            "UPDATE gateway.whatsapp_sessions"
            " SET auth_state = %s, desired_state = 'connected', connection_status = 'connected' WHERE id = %s"
        )
        connection.execute(linked, [Jsonb({"deviceJid": str(session.id)}), session.id])
        session = sessions.lock(connection, Reach(owner), session.id)
        draft = Draft(parse_recipient("+4915112345678"), Text("Hello"))
        queued = outgoing.queue(connection, session, draft, Pacing(10, 10, 10), 3600)
        renaming, _ = asked.request(connection, session, ChangeGroup("1203630@g.us", subject="The old name"))
    assert _gateway("settle") == "1 sends and 1 operations are unknown, 0 turns have ended\n"
    assert _gateway("settle") == "0 sends and 0 operations are unknown, 0 turns have ended\n"
    with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
        assert messages.get(connection, session.id, queued.id).status == "unknown"
        ended = asked.get(connection, session.id, renaming.id)
        assert (ended.status, ended.error_detail) == ("unknown", "It may have been done: WhatsApp did not confirm it.")
        assert commands.unfinished(connection, session.id) == []
        connection.execute("UPDATE gateway.whatsapp_sessions SET is_active = false WHERE id = %s", [session.id])


@pytest.mark.parametrize("question", Question)
def test_every_question_is_answered(question: Question) -> None:
    for line in _gateway("diagnose", question).splitlines():
        assert json.loads(line)


def test_a_question_shows_what_waits_and_changes_nothing(module_database: DatabaseUrls) -> None:
    with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
        owner = new_id()
        users.ensure(connection, owner, DEFAULT_USER_PROFILES)
        session = sessions.create(connection, owner, "office", 16)
        desired_state.request_connect(connection, Reach(owner), session.id)
    rows = [json.loads(line) for line in _gateway("diagnose", "sessions").splitlines()]
    (waiting,) = [row for row in rows if row["desired"] == "connected"]
    assert (waiting["status"], waiting["unlinked"], waiting["owner"], waiting["sessions"]) == (
        "connecting",
        True,
        None,
        1,
    )
    with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
        ask(connection, Question.SESSIONS)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM gateway.rate_limits")
    with psycopg.connect(module_database.admin) as admin:
        admin.execute("UPDATE gateway.whatsapp_sessions SET is_active = false WHERE id = %s", [session.id])


def test_messages_are_read_again_on_demand() -> None:
    result = CliRunner().invoke(app, ["messages", "reread"])
    assert (result.exit_code, result.stdout) == (0, "0 messages are read again by the owners of their sessions\n")


def test_keys_through_the_migrate_function() -> None:
    settings = MigrateSettings()
    made = operations.perform(settings, "createKey", {"name": "the app"})
    assert (made["userProfileId"], made["scopes"]) == (None, ["read", "send", "manage", "admin"])
    owner = str(new_id())
    few = {"userProfileId": owner, "scopes": ["read"], "sessionIds": [str(new_id())]}
    assert operations.perform(settings, "createKey", few).items() >= few.items()
    rotated = operations.perform(settings, "rotateKey", {"id": made["id"], "graceSeconds": 60})
    operations.perform(settings, "revokeKey", {"id": rotated["id"]})
    listed = {key["id"]: key for key in operations.perform(settings, "listKeys", {})}
    assert (listed[rotated["id"]]["name"], listed[rotated["id"]]["revokedAt"] is None) == ("the app", False)
    assert listed[made["id"]]["expiresAt"] is not None


@pytest.fixture
def session_id(module_database: DatabaseUrls) -> UUID:
    """Of a session with two events that were set aside, and one that waits."""
    with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
        owner = new_id()
        users.ensure(connection, owner, DEFAULT_USER_PROFILES)
        session = sessions.create(connection, owner, "office", 16)
        for error in ("ValueError", "WorkerDied", None):
            connection.execute(
                "INSERT INTO gateway.inbox (session_id, kind, payload, error, attempts) VALUES (%s, %s, %s, %s, 5)",
                [session.id, "Message", b"a secret", error],
            )
    return session.id


def test_events_that_were_set_aside_in_the_terminal(session_id: UUID, module_database: DatabaseUrls) -> None:
    shown = json.loads(_gateway("inbox", "list", "--session", str(session_id), "--json"))
    assert [event["error"] for event in shown] == ["ValueError", "WorkerDied"]
    assert "secret" not in json.dumps(shown)
    assert _gateway("inbox", "list", "--session", str(session_id)).count(str(session_id)) == 2
    with psycopg.connect(module_database.admin, autocommit=True) as listener:
        listener.execute("LISTEN gateway_doorbell")
        assert _gateway("inbox", "retry", "--session", str(session_id)).startswith("2 events")
        (notification,) = listener.notifies(timeout=10, stop_after=1)
        assert notification.payload.endswith(str(session_id))
        rows = listener.execute("SELECT error, attempts FROM gateway.inbox WHERE session_id = %s", [session_id])
        assert sorted(rows.fetchall(), key=str) == [(None, 0), (None, 0), (None, 5)]
    assert _gateway("inbox", "retry", "--session", str(session_id)).startswith("0 events")


def test_events_that_were_set_aside_through_the_migrate_function(session_id: UUID) -> None:
    settings = MigrateSettings()
    request = {"sessionId": str(session_id)}
    listed = operations.perform(settings, "listInbox", request)
    assert [event["error"] for event in listed] == ["ValueError", "WorkerDied"]
    assert json.dumps(listed)
    assert operations.perform(settings, "retryInbox", request) == {"retried": 2}
    assert operations.perform(settings, "listInbox", request) == []
