from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.commands import CommandError, CommandKind, CommandStatus
from gateway.domain.history import Chunk, HistoryImport
from gateway.domain.sessions import Reason, SessionState
from gateway.store import commands
from infra.local.queues import sqs_client
from tests.integration.api.server import Api, Owner


def test_a_session_is_made_read_listed_and_deleted(api: Api) -> None:
    made = api.post("/sessions", {"sessionName": "  Büro 🏠 "})
    assert made.status_code == 201
    session = made.json()
    assert made.headers["Location"] == f"/sessions/{session['id']}"
    assert session["sessionName"] == "Büro 🏠"
    assert session["status"] == session["desiredState"] == "disconnected"
    assert datetime.fromisoformat(session["createdAt"]).utcoffset() is not None
    assert api.get(made.headers["Location"]).json() == session
    assert api.get("/sessions").json() == {"sessions": [session], "nextCursor": None}

    assert api.request("DELETE", made.headers["Location"]).status_code == 204
    assert api.get(made.headers["Location"]).status_code == 404
    assert api.request("DELETE", made.headers["Location"]).status_code == 404
    assert api.get("/sessions").json()["sessions"] == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b", "a\nb", 5, None, "\ud800"])
def test_a_session_name_must_be_one(api: Api, name: object) -> None:
    answer = (
        api.post("/sessions", {"sessionName": name})
        if name != "\ud800"
        else api.request(
            "POST", "/sessions", content=b'{"sessionName": "\\ud800"}', headers={"Content-Type": "application/json"}
        )
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["sessionName"]


def test_a_session_is_renamed_and_keeps_the_rest(api: Api) -> None:
    path = f"/sessions/{api.new_session(externalId='tenant-1', metadata={'plan': 'pro'})}"
    renamed = api.request("PATCH", path, json={"sessionName": " Front desk "})
    assert renamed.status_code == 200
    body = renamed.json()
    assert (body["sessionName"], body["externalId"], body["metadata"]) == ("Front desk", "tenant-1", {"plan": "pro"})
    assert api.get(path).json() == body
    body = api.request("PATCH", path, json={"externalId": None, "metadata": {"ort": "Köln"}}).json()
    assert (body["sessionName"], body["externalId"], body["metadata"]) == ("Front desk", None, {"ort": "Köln"})
    assert api.request("PATCH", path, json={}).json()["sessionName"] == "Front desk"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"sessionName": None}, "sessionName"),
        ({"sessionName": " "}, "sessionName"),
        ({"status": "connected"}, "status"),
        ({"externalId": ""}, "externalId"),
        ({"externalId": "x" * 201}, "externalId"),
        ({"externalId": "a\x00b"}, "externalId"),
        ({"metadata": None}, "metadata"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"metadata": {"a": "x" * 501}}, "metadata.a"),
        ({"metadata": {f"k{i}": "" for i in range(21)}}, "metadata"),
    ],
)
def test_a_wrong_change_is_named(api: Api, body: dict[str, object], field: str) -> None:
    path = f"/sessions/{api.new_session()}"
    answer = api.request("PATCH", path, json=body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    assert api.get(path).json()["sessionName"] == "Office"


def test_sessions_are_found_by_the_callers_own_id(api: Api) -> None:
    made = [api.new_session(externalId=name) for name in ("a", "b", "a")]
    api.as_user().new_session(externalId="a")
    found = [session["id"] for session in api.get("/sessions", externalId="a").json()["sessions"]]
    assert found == [made[2], made[0]]
    assert api.get("/sessions", externalId="A").json() == {"sessions": [], "nextCursor": None}


def test_a_number_given_while_a_qr_code_is_shown_is_what_the_owner_pairs_with(api: Api) -> None:
    owner = api.owned_session()
    owner.show_qr("2@text")
    answer = api.post(f"{owner.path}/connect", {"phoneNumber": "+49 151 12345678"})
    assert (answer.status_code, answer.json()) == (202, {"status": "qr_pending"})
    assert api.get(f"{owner.path}/status").json() == {"status": "qr_pending"}
    with owner.fenced() as fence:
        assert fence.session.pairing_phone == "+4915112345678"
        fence.show_pairing_code("ABCD-EFGH", datetime.now(UTC) + timedelta(seconds=160), b"key")
    api.post(f"{owner.path}/connect", {"phoneNumber": "+49 151 12345678"})
    api.post(f"{owner.path}/connect")
    assert api.get(f"{owner.path}/status").json()["pairingCode"] == "ABCD-EFGH"


def test_another_number_than_the_linked_one_is_refused(api: Api, owner: Owner) -> None:
    answer = api.post(f"{owner.path}/connect", {"phoneNumber": "+15550002002"})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["reason"]) == (409, "conflict", "already_linked")
    assert "+4915112345678" in problem["detail"]
    assert api.post(f"{owner.path}/connect", {"phoneNumber": "+4915112345678"}).status_code == 202


def test_sessions_come_newest_first_page_by_page(api: Api) -> None:
    made = [api.new_session(f"s{i}") for i in range(5)]
    seen: list[str] = []
    page = api.get("/sessions", limit=2).json()
    while True:
        assert len(page["sessions"]) <= 2
        seen += [session["id"] for session in page["sessions"]]
        if page["nextCursor"] is None:
            break
        page = api.get("/sessions", limit=2, cursor=page["nextCursor"]).json()
    assert seen == made[::-1]


def test_connect_is_asked_for_once_however_often(api: Api) -> None:
    owner = api.owned_session()
    for _ in range(2):
        answer = api.post(f"{owner.path}/connect")
        assert (answer.status_code, answer.json()) == (202, {"status": "connecting"})
    events = api.get(f"{owner.path}/events").json()["events"]
    assert [(event["type"], event["data"]) for event in events] == [("session.state", {"status": "connecting"})]
    assert api.get(owner.path).json()["desiredState"] == "connected"


def test_connecting_without_a_connector_says_so(api: Api) -> None:
    owner = api.owned_session()
    with api.parts.connector.transaction() as connection:
        connection.execute("UPDATE gateway.shard_leases SET owner = NULL WHERE shard = %s", [owner.shard])
    answer = api.post(f"{owner.path}/connect")
    assert (answer.status_code, answer.json()["status"], answer.json()["reason"]) == (202, "connecting", "no_owner")


def test_connect_changes_nothing_while_a_code_is_shown_or_the_session_is_connected(api: Api) -> None:
    owner = api.owned_session()
    owner.show_qr("2@text")
    assert api.post(f"{owner.path}/connect", {}).json() == {"status": "qr_pending"}
    assert "qrCode" in api.get(f"{owner.path}/status").json()
    owner.link()
    assert api.post(f"{owner.path}/connect").json() == {"status": "connected"}


def test_connect_rings_the_shard_of_the_session(api: Api) -> None:
    owner = api.owned_session()
    queues = api.parts.queues
    answer = sqs_client(queues.endpoint).receive_message(
        QueueUrl=queues.urls[f"commands-{owner.shard}"], MaxNumberOfMessages=10, WaitTimeSeconds=2
    )
    assert str({"sessionId": str(owner.session_id)}).replace("'", '"') in [m["Body"] for m in answer["Messages"]]


@pytest.mark.parametrize("phone", ["abc", "+49", "+4915112345678901234", "x" * 65, "", 7])
def test_connect_by_code_needs_a_phone_number(api: Api, phone: object) -> None:
    session_id = api.new_session()
    answer = api.post(f"/sessions/{session_id}/connect", {"phoneNumber": phone})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "phoneNumber"
    assert api.get(f"/sessions/{session_id}").json()["status"] == "disconnected"


def test_disconnect_is_a_wish_the_owner_fulfils(api: Api, owner: Owner) -> None:
    answer = api.post(f"{owner.path}/disconnect")
    assert (answer.status_code, answer.json()) == (202, {"status": "connected"})
    assert api.get(owner.path).json()["desiredState"] == "disconnected"


def test_a_connected_session_without_an_owner_is_answered_as_connecting(api: Api, owner: Owner) -> None:
    with api.parts.connector.transaction() as connection:
        connection.execute("UPDATE gateway.shard_leases SET owner = NULL WHERE shard = %s", [owner.shard])
    session = api.get(owner.path).json()
    assert (session["status"], session["reason"]) == ("connecting", "no_owner")
    assert session["reasonDetail"].startswith("No connector")


def test_logout_is_queued_once_and_ends_the_wish_for_a_connection(api: Api, owner: Owner) -> None:
    for _ in range(2):
        answer = api.post(f"{owner.path}/logout", X_Request_ID="chain-1")
        assert (answer.status_code, answer.json()) == (202, {"status": "connected"})
    queued = owner.unfinished()
    assert [(command.kind, command.correlation_id) for command in queued] == [(CommandKind.LOGOUT, "chain-1")]
    assert api.get(owner.path).json()["desiredState"] == "disconnected"


def test_a_connect_after_a_logout_does_not_cancel_it(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/logout")
    api.post(f"{owner.path}/connect")
    assert [command.kind for command in owner.unfinished()] == [CommandKind.LOGOUT]
    assert api.get(owner.path).json()["desiredState"] == "connected"
    api.post(f"{owner.path}/logout")
    assert len(owner.unfinished()) == 1
    assert api.get(owner.path).json()["desiredState"] == "disconnected"


def test_a_logout_is_queued_again_when_the_first_has_ended(api: Api, owner: Owner) -> None:
    api.post(f"{owner.path}/logout")
    (first,) = owner.unfinished()
    with owner.fenced() as fence:
        commands.finish(fence, first.id, CommandStatus.FAILED, CommandError.EXPIRED)
    api.post(f"{owner.path}/logout")
    (second,) = owner.unfinished()
    assert second.id != first.id


def test_logout_while_pairing_disconnects(api: Api) -> None:
    owner = api.owned_session()
    owner.show_qr("2@text")
    answer = api.post(f"{owner.path}/logout")
    assert (answer.status_code, answer.json()) == (202, {"status": "qr_pending"})
    assert owner.unfinished() == []
    assert api.get(owner.path).json()["desiredState"] == "disconnected"


def test_logout_of_a_session_that_was_never_linked_changes_nothing(api: Api) -> None:
    session_id = api.new_session()
    answer = api.post(f"/sessions/{session_id}/logout")
    assert (answer.status_code, answer.json()) == (202, {"status": "disconnected"})
    assert api.owner(session_id).unfinished() == []


def test_a_deleted_session_is_kept_for_its_owner_to_unlink(api: Api, owner: Owner) -> None:
    assert api.request("DELETE", owner.path).status_code == 204
    with owner.fenced() as fence:
        assert not fence.session.is_active
        assert fence.session.device_jid
    for path in ("", "/status", "/messages", "/chats", "/events"):
        assert api.get(owner.path + path).status_code == 404


def test_the_reason_of_a_state_is_told_in_words(api: Api, owner: Owner) -> None:
    owner.lose_connection()
    session = api.get(owner.path).json()
    assert (session["status"], session["reason"]) == ("connecting", "connection_lost")
    assert "reconnecting" in session["reasonDetail"]
    with owner.fenced() as fence:
        fence.move(SessionState.DISCONNECTED, Reason.CONNECT_FAILURE, detail="WhatsApp answered 418.")
    assert api.get(owner.path).json()["reasonDetail"] == "WhatsApp answered 418."


def test_a_phone_is_asked_for_history_as_connect_says(api: Api) -> None:
    path = f"/sessions/{api.new_session()}"
    assert (api.get(path).json()["history"], api.get(path).json()["historyImport"]) == ("none", None)
    assert api.post(f"{path}/connect", {"history": "recent", "historyDays": 30}).status_code == 202
    assert api.post(f"{path}/connect").status_code == 202
    asked = api.get(path).json()
    assert (asked["history"], asked["historyDays"]) == ("recent", 30)
    assert api.post(f"{path}/connect", {"history": "full"}).status_code == 202
    assert (api.get(path).json()["history"], api.get(path).json()["historyDays"]) == ("full", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"history": "all"}, "history"),
        ({"history": "recent", "historyDays": 0}, "historyDays"),
        ({"history": "recent", "historyDays": 3651}, "historyDays"),
        ({"historyDays": 30}, "historyDays"),
        ({"history": "none", "historyDays": 30}, "historyDays"),
    ],
)
def test_history_that_cannot_be_asked_for_is_refused(api: Api, body: dict[str, object], field: str) -> None:
    path = f"/sessions/{api.new_session()}"
    refused = api.post(f"{path}/connect", body)
    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (422, [field])
    assert api.get(path).json()["history"] == "none"


def test_a_status_tells_how_far_the_history_has_come(api: Api) -> None:
    owner = api.linked_session()
    path = owner.path
    assert "historyImport" not in api.get(f"{path}/status").json()
    done = HistoryImport().advanced(7, [Chunk(3, 1, 40)], datetime.now(UTC)).announced(2, datetime.now(UTC))
    with owner.fenced() as fence:
        fence.note_history(done.document())
    told = {"percent": 40, "chats": 2, "messages": 7, "finished": False}
    assert api.get(f"{path}/status").json()["historyImport"] == told
    assert api.get(path).json()["historyImport"] == {**told, "complete": None}
