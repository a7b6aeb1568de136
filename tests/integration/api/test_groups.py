"""Groups over the API: what is asked of the owner, and what callers see of its answers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from gateway.domain.commands import CommandError, CommandStatus
from gateway.domain.contacts import PictureState
from gateway.domain.groups import Group, Participant, Role
from gateway.domain.operations import Refusal
from gateway.domain.phone import Address
from gateway.store import chats, commands, groups, operations, pictures
from gateway.store.commands import Command
from gateway.store.fence import Fence
from gateway.store.pictures import FoundPicture
from tests.integration.api.server import BOB, EVE, JSON, Api, Owner, until

ME = Address("100000000000001@lid", "+4915112345678")
JID = "120363000000000001@g.us"
HOUSE = Group(JID, "House", "Rules", participants=(Participant(ME, Role.OWNER), Participant(BOB)))
LINK = "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv"


def settle(owner: Owner, write: Callable[[Fence], dict[str, Any] | None], error: Refusal | None = None) -> Command:
    """Do what the owner does with the next operation."""
    command = until(lambda: next(iter(owner.unfinished()), None))
    with owner.fenced() as fence:
        assert commands.claim(fence, command.id)
        status = CommandStatus.FAILED if error else CommandStatus.DONE
        operations.settle(fence, command.id, status, error, result=write(fence))
    return command


def patch(api: Api, path: str, body: JSON) -> httpx.Response:
    return api.request("PATCH", path, json=body)


def remembered(fence: Fence, group: Group = HOUSE, **result: Any) -> dict[str, Any]:
    chat = chats.with_jid(fence.connection, fence.session_id, "group", group.jid)
    groups.remember(fence, chat.id, group)
    pictures.record(fence, chat.id, FoundPicture(PictureState.NOT_SET), datetime.now(UTC))
    return {"chatId": str(chat.id), **result}


@pytest.fixture
def house(owner: Owner) -> str:
    """The path of a group that is known."""
    with owner.fenced() as fence:
        return f"{owner.path}/groups/{remembered(fence)['chatId']}"


def test_a_group_is_made_and_shown(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    body = {"subject": " House ", "participants": ["+1 555 000 2002", EVE.lid, "15550002002"]}
    waiting = aside.submit(api.post, f"{owner.path}/groups", body)
    refused = [{"jid": EVE.lid, "reason": "invite_only", "inviteCode": "Ab12"}]
    command = settle(owner, lambda fence: remembered(fence, refused=refused))
    wanted = {"operation": "create_group", "subject": "House", "participants": ["15550002002@s.whatsapp.net", EVE.lid]}
    assert command.payload == wanted
    answer = waiting.result()
    assert answer.status_code == 201
    made = answer.json()
    assert (made["subject"], made["role"], made["participantCount"], made["refused"]) == ("House", "owner", 2, refused)
    people = {person["phoneNumber"]: person["role"] for person in made["participants"]}
    assert people == {ME.phone_number: "owner", BOB.phone_number: "member"}
    assert api.get(f"{owner.path}/groups/{made['id']}").json()["jid"] == JID
    assert api.get(f"{owner.path}/groups/{JID}").json()["id"] == made["id"]


def test_the_same_request_makes_one_group(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    body = {"subject": "House"}
    waiting = aside.submit(api.post, f"{owner.path}/groups", body, **{"Idempotency-Key": "once"})
    settle(owner, remembered)
    again = api.post(f"{owner.path}/groups", body, **{"Idempotency-Key": "once"})
    assert (again.status_code, again.json()["id"]) == (201, waiting.result().json()["id"])
    assert again.headers["Idempotency-Replayed"] == "true"
    other = api.post(f"{owner.path}/groups", {"subject": "Other"}, **{"Idempotency-Key": "once"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")


def test_what_is_not_known_is_said_and_read_later(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    waiting = aside.submit(api.post, f"{owner.path}/groups", {"subject": "House"})
    command = until(lambda: next(iter(owner.unfinished()), None))
    with owner.fenced() as fence:
        operations.settle(fence, command.id, CommandStatus.UNKNOWN, CommandError.UNCONFIRMED)
    answer = waiting.result()
    assert (answer.status_code, answer.json()["status"], answer.json()["error"]) == (202, "unknown", "unconfirmed")
    where = answer.headers["Location"]
    assert api.get(where).json() == answer.json()
    assert api.as_user().get(where).status_code == 404
    assert api.get(f"{owner.path}/operations/{uuid4()}").json()["detail"] == "There is no such operation."


def test_groups_are_read_once_before_they_are_listed(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    waiting = aside.submit(api.get, f"{owner.path}/groups")

    def write(fence: Fence) -> None:
        groups.remember_all(fence, [HOUSE, Group("120363000000000002@g.us", "Garden")])

    assert settle(owner, write).payload == {"operation": "read_groups"}
    assert [group["subject"] for group in waiting.result().json()["groups"]] == ["Garden", "House"]
    first = api.get(f"{owner.path}/groups?limit=1").json()
    rest = api.get(f"{owner.path}/groups?limit=1&cursor={first['nextCursor']}").json()
    assert [group["subject"] for page in (first, rest) for group in page["groups"]] == ["Garden", "House"]
    assert rest["nextCursor"] is None


def test_what_cannot_be_read_yet_is_said(api: Api, owner: Owner) -> None:
    owner.lose_connection()
    answer = api.get(f"{owner.path}/groups")
    assert (answer.status_code, answer.json()["reason"]) == (409, "not_connected")
    assert api.get(f"/sessions/{api.new_session()}/groups").json() == {"groups": [], "nextCursor": None}


def test_a_change_waits_while_the_session_is_not_connected(api: Api, owner: Owner, house: str) -> None:
    owner.lose_connection()
    answer = patch(api, house, {"locked": True})
    assert (answer.status_code, answer.json()["status"], answer.json()["operation"]) == (202, "queued", "change_group")
    assert api.post(f"/sessions/{api.new_session()}/groups", {"subject": "x"}).json()["code"] == "session_cannot_send"


def test_a_group_is_changed(api: Api, owner: Owner, house: str, aside: ThreadPoolExecutor) -> None:
    waiting = aside.submit(patch, api, house, {"description": "", "announcement": True, "disappearingSeconds": 86_400})
    changed = Group(JID, "House", announcement=True, disappears_seconds=86_400)
    payload = settle(owner, lambda fence: remembered(fence, changed)).payload
    assert {name: value for name, value in payload.items() if value is not None} == {
        "operation": "change_group",
        "jid": JID,
        "description": "",
        "announcement": True,
        "disappearing_seconds": 86_400,
    }
    shown = waiting.result().json()
    assert (shown["description"], shown["announcement"], shown["disappearingSeconds"]) == (None, True, 86_400)


@pytest.mark.parametrize(
    ("refusal", "result", "field"),
    [
        (Refusal.NOT_ADMIN, {"changed": ["subject"], "refused": "locked"}, "locked"),
        (Refusal.NOT_PARTICIPANT, None, None),
    ],
)
def test_a_refusal_has_its_reason(
    api: Api,
    owner: Owner,
    house: str,
    aside: ThreadPoolExecutor,
    refusal: Refusal,
    result: dict[str, Any] | None,
    field: str | None,
) -> None:
    waiting = aside.submit(patch, api, house, {"subject": "x", "locked": True})
    settle(owner, lambda _: result, refusal)
    problem = waiting.result()
    said = problem.json()
    assert (problem.status_code, said["code"], said["reason"]) == (422, "operation_refused", refusal)
    assert [error["field"] for error in said.get("errors", [])] == ([field] if field else [])
    assert said.get("changed") == (result or {}).get("changed")


def test_participants_are_changed(api: Api, owner: Owner, house: str, aside: ThreadPoolExecutor) -> None:
    outcomes = [
        {"jid": BOB.lid, "reason": None, "inviteCode": None},
        {"jid": EVE.lid, "reason": "not_found", "inviteCode": None},
    ]
    people = {"participants": [BOB.phone_number, EVE.lid]}
    for method, body, action in (
        ("POST", people, "add"),
        ("DELETE", people, "remove"),
        ("PATCH", {**people, "action": "promote"}, "promote"),
        ("PATCH", {**people, "action": "demote"}, "demote"),
    ):
        waiting = aside.submit(api.request, method, f"{house}/participants", json=body)
        command = settle(owner, lambda _: {"outcomes": outcomes})
        assert (command.payload["action"], command.payload["jid"]) == (action, JID)
        assert [each["reason"] for each in waiting.result().json()["participants"]] == [None, "not_found"]


def test_ways_into_a_group(api: Api, owner: Owner, house: str, aside: ThreadPoolExecutor) -> None:
    for method, revoke in (("GET", False), ("DELETE", True)):
        waiting = aside.submit(api.request, method, f"{house}/invite")
        assert settle(owner, lambda _: {"link": LINK}).payload["revoke"] is revoke
        assert waiting.result().json() == {"link": LINK}
    joining = aside.submit(api.post, f"{owner.path}/groups/join", {"link": LINK})
    assert settle(owner, lambda fence: remembered(fence, joined=True)).payload["code"] == "AbCdEfGhIjKlMnOpQrStUv"
    assert (joining.result().json()["status"], joining.result().json()["group"]["jid"]) == ("joined", JID)
    asking = aside.submit(api.post, f"{owner.path}/groups/join", {"link": LINK})
    settle(owner, lambda _: {"joined": False})
    assert asking.result().json() == {"status": "pending", "group": None}
    revoked = aside.submit(api.post, f"{owner.path}/groups/join", {"link": LINK})
    settle(owner, lambda _: None, Refusal.INVITE_REVOKED)
    assert revoked.result().json()["errors"][0]["field"] == "link"


def test_a_group_is_left(api: Api, owner: Owner, house: str, aside: ThreadPoolExecutor) -> None:
    waiting = aside.submit(api.request, "POST", f"{house}/leave")

    def write(fence: Fence) -> dict[str, Any]:
        groups.leave(fence, UUID(house.rpartition("/")[2]))
        return {}

    settle(owner, write)
    assert waiting.result().status_code == 204
    assert api.get(house).json()["isMember"] is False


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "", {"subject": "  "}, "subject"),
        ("POST", "", {"subject": "x" * 101}, "subject"),
        ("POST", "", {"subject": "x", "participants": ["+4915112345678", "nobody"]}, "participants.1"),
        ("PATCH", "/HOUSE", {}, "body"),
        ("PATCH", "/HOUSE", {"disappearingSeconds": 5}, "disappearingSeconds"),
        ("PATCH", "/HOUSE", {"description": "x" * 2049}, "description"),
        ("PATCH", "/HOUSE", {"colour": "red"}, "colour"),
        ("POST", "/HOUSE/participants", {"participants": []}, "participants"),
        ("PATCH", "/HOUSE/participants", {"participants": ["1"], "action": "crown"}, "action"),
        ("POST", "/join", {"link": "https://example.org/x"}, "link"),
    ],
)
def test_what_is_wrong_is_named(
    api: Api, owner: Owner, house: str, method: str, path: str, body: JSON, field: str
) -> None:
    where = f"{owner.path}/groups{path.replace('/HOUSE', '/' + house.rpartition('/')[2])}"
    answer = api.request(method, where, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert owner.unfinished() == []


def test_what_is_no_group_of_the_session_is_not_there(api: Api, owner: Owner, house: str) -> None:
    person = owner.message(owner.receive("hi")).chat_id
    stranger = api.as_user()
    asked: list[httpx.Response] = [
        api.get(f"{owner.path}/groups/{person}"),
        api.get(f"{owner.path}/groups/{uuid4()}"),
        patch(api, f"{owner.path}/groups/nonsense", {"locked": True}),
        api.post(f"{owner.path}/groups/{person}/participants", {"participants": ["+4915112345678"]}),
        stranger.get(house),
        patch(stranger, house, {"locked": True}),
        stranger.post(f"{house}/leave"),
        stranger.get(f"{owner.path}/groups"),
    ]
    assert {answer.status_code for answer in asked} == {404}
    picture = patch(api, house, {"picture": str(uuid4())})
    assert (picture.status_code, picture.json()["errors"][0]["field"]) == (404, "picture")
