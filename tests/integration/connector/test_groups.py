"""Groups from rows through the real library to WhatsApp and back: operations, outcomes, and what phones change."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from gateway.domain.access import Reach
from gateway.domain.groups import MAX_PICTURE_BYTES
from gateway.domain.operations import (
    ChangeGroup,
    ChangeParticipants,
    CreateGroup,
    JoinGroup,
    LeaveGroup,
    Operation,
    ReadGroup,
    ReadGroups,
    ReadInvite,
)
from gateway.domain.phone import phone_jid
from gateway.store import group_pages, operations, sessions
from gateway.store.ids import new_id
from infra.local.buckets import s3_client
from infra.local.queues import bucket_name
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.office import Office, ask, ended, group, perform, refusal, roles
from tests.integration.connector.processes import workers
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway


@pytest.fixture
def office(guest: User, phone: MakePhone) -> Office:
    return Office(guest, phone)


def test_a_group_is_made_with_those_who_let_themselves_be_added(
    office: Office, whatsapp: WhatsAppControl, phone: MakePhone
) -> None:
    shy = phone("Shy")
    whatsapp.change_profile(shy, privacy={"groupadd": "contacts"})
    made = office.make(*office.tenants, shy)
    (refused,) = made["refused"]
    assert (refused["jid"], refused["reason"]) == (phone_jid(shy), "invite_only") or refused["jid"].endswith("@lid")
    assert refused["inviteCode"]
    shown = group(office.user, office.session_id, made["chatId"])
    assert (shown.subject, shown.role, shown.participant_count, shown.is_member) == ("House", "owner", 3, True)
    tenants = dict.fromkeys(office.tenants, "member")
    assert roles(office.user, office.session_id, made["chatId"]) == {office.number: "owner", **tenants}
    assert office.told("group.joined", made["chatId"])[0]["by"] == whatsapp.phone(office.number)["lid"]


def test_what_describes_a_group_is_changed(office: Office, whatsapp: WhatsAppControl) -> None:
    made = office.make()
    jid = office.jid(made)
    change = ChangeGroup(jid, "House 9", "Rules", announcement=True, locked=True, disappearing_seconds=604_800)
    result = perform(office.user, office.session_id, change)
    assert result["changed"] == ["subject", "description", "announcement", "locked", "disappearingSeconds"]
    shown = group(office.user, office.session_id, made["chatId"])
    assert (shown.subject, shown.description, shown.announcement, shown.locked) == ("House 9", "Rules", True, True)
    assert shown.disappearing_seconds == 604_800
    there = whatsapp.group(jid)
    assert (there["subject"], there["description"], there["timer"]) == ("House 9", "Rules", 604_800)
    told = {name: value for data in office.told("group.changed", made["chatId"], 5) for name, value in data.items()}
    by = whatsapp.phone(office.number)["lid"]
    assert told == {
        "chatId": made["chatId"],
        "by": by,
        "subject": "House 9",
        "description": "Rules",
        "announcement": True,
        "locked": True,
        "disappearingSeconds": 604_800,
    }


def test_each_participant_has_an_outcome_of_its_own(
    office: Office, whatsapp: WhatsAppControl, phone: MakePhone
) -> None:
    made = office.make()
    jid, new = office.jid(made), phone("New")
    added = ChangeParticipants(jid, "add", tuple(map(phone_jid, (office.tenants[0], new, "+4917099999999"))))
    outcomes = perform(office.user, office.session_id, added)["outcomes"]
    assert [outcome["reason"] for outcome in outcomes] == ["already_in", None, "not_found"]
    assert roles(office.user, office.session_id, made["chatId"])[new] == "member"
    assert office.told("group.participants", made["chatId"])[0]["change"] == "joined"
    for action, role in (("promote", "admin"), ("demote", "member")):
        perform(office.user, office.session_id, ChangeParticipants(jid, action, (phone_jid(new),)))
        assert roles(office.user, office.session_id, made["chatId"])[new] == role
    perform(office.user, office.session_id, ChangeParticipants(jid, "remove", (phone_jid(new),)))
    assert new not in roles(office.user, office.session_id, made["chatId"])
    told = office.told("group.participants", made["chatId"], 4)
    assert [data["change"] for data in told] == ["joined", "promoted", "demoted", "left"]
    assert told[-1]["participants"] == [whatsapp.phone(new)["lid"]]


def test_what_phones_change_is_told_with_its_author(office: Office, whatsapp: WhatsAppControl) -> None:
    tina = office.tenants[0]
    jid = whatsapp.create_group(tina, "Tenants", [office.number, office.tenants[1]])
    (joined,) = wait_for(lambda: office.user.events(office.session_id, "group.joined"), lambda found: len(found) == 1)
    chat_id, by = joined.data["chatId"], whatsapp.phone(tina)["lid"]
    whatsapp.change_group(jid, tina, subject="All tenants", locked=True)
    told = office.told("group.changed", chat_id, 2)
    assert {"chatId": chat_id, "subject": "All tenants", "by": by} in told
    shown = group(office.user, office.session_id, chat_id)
    assert (shown.subject, shown.locked, shown.role) == ("All tenants", True, "member")
    whatsapp.change_members(jid, tina, "promote", [office.number])
    office.told("group.participants", chat_id)
    assert group(office.user, office.session_id, chat_id).role == "admin"
    whatsapp.change_members(jid, tina, "remove", [office.number])
    office.told("group.participants", chat_id, 2)
    shown = group(office.user, office.session_id, chat_id)
    assert (shown.is_member, shown.role) == (False, None)


def test_all_groups_are_read(office: Office, whatsapp: WhatsAppControl) -> None:
    made = office.make()
    assert perform(office.user, office.session_id, ReadGroups()) == {"count": 1}
    with office.user.database.transaction() as connection:
        session = sessions.get(connection, Reach(office.user.id), office.session_id)
        assert group_pages.are_read(connection, session)
        found = group_pages.page(connection, office.session_id, None, 10)
    assert [str(each.chat_id) for each in found] == [made["chatId"]]
    perform(office.user, office.session_id, LeaveGroup(office.jid(made)))
    with office.user.database.transaction() as connection:
        assert group_pages.page(connection, office.session_id, None, 10) == []


def test_links_lead_into_groups(office: Office, whatsapp: WhatsAppControl) -> None:
    made = office.make()
    jid = office.jid(made)
    link = perform(office.user, office.session_id, ReadInvite(jid))["link"]
    fresh = perform(office.user, office.session_id, ReadInvite(jid, revoke=True))["link"]
    assert link.startswith("https://chat.whatsapp.com/")
    assert fresh != link
    assert {"chatId": made["chatId"], "newInviteLink": True} in [
        {name: value for name, value in data.items() if name != "by"}
        for data in office.told("group.changed", made["chatId"])
    ]
    tina = office.tenants[0]
    other = whatsapp.create_group(tina, "Garden")
    code = whatsapp.invite_link(other, tina).rpartition("/")[2]
    joined = perform(office.user, office.session_id, JoinGroup(code))
    assert joined["joined"]
    assert group(office.user, office.session_id, joined["chatId"]).subject == "Garden"
    whatsapp.invite_link(other, tina, revoke=True)
    assert refusal(office.user, office.session_id, JoinGroup(code)) == "invite_revoked"
    assert refusal(office.user, office.session_id, JoinGroup("nonsense12345")) == "invite_invalid"


def test_joining_that_needs_approval_is_told_apart(office: Office, whatsapp: WhatsAppControl) -> None:
    tina = office.tenants[0]
    closed = whatsapp.create_group(tina, "Closed")
    whatsapp.change_group(closed, tina, approval=True)
    code = whatsapp.invite_link(closed, tina).rpartition("/")[2]
    assert perform(office.user, office.session_id, JoinGroup(code)) == {"joined": False}
    assert office.user.events(office.session_id, "group.joined") == []
    whatsapp.change_members(closed, tina, "approve", [office.number])
    wait_for(lambda: office.user.events(office.session_id, "group.joined"), lambda found: len(found) == 1)


def test_refusals_have_their_reason(office: Office, whatsapp: WhatsAppControl) -> None:
    tina, tom = office.tenants
    foreign = whatsapp.create_group(tina, "Foreign", [office.number, tom])
    other = whatsapp.create_group(tina, "Elsewhere", [tom])
    remove = ChangeParticipants(foreign, "remove", (phone_jid(tom),))
    wanted: list[tuple[Operation, str]] = [
        (remove, "not_admin"),
        (ReadInvite(foreign), "not_admin"),
        (ChangeGroup(other, "Mine"), "not_participant"),
        (ReadGroup(other), "not_participant"),
        (ReadGroup("120363999999999999@g.us"), "no_such_group"),
    ]
    for operation, reason in wanted:
        assert refusal(office.user, office.session_id, operation) == reason
    whatsapp.change_group(foreign, tina, locked=True)
    asked = ended(
        office.user,
        office.session_id,
        ask(office.user, office.session_id, ChangeGroup(foreign, "Mine", disappearing_seconds=0)),
    )
    assert (asked.status, asked.error, asked.result) == (
        "failed",
        "not_admin",
        {"changed": [], "refused": "subject"},
    )


def test_a_group_of_which_a_crash_hid_whether_it_was_made_is_not_made_again(
    office: Office, whatsapp: WhatsAppControl
) -> None:
    """The command is as an owner leaves it that dies before the call, or while it waits for the answer."""
    with office.user.database.transaction() as connection:
        session = sessions.lock(connection, Reach(office.user.id), office.session_id)
        asked, _ = operations.request(connection, session, CreateGroup("Never twice"))
        connection.execute("UPDATE gateway.commands SET status = 'running', attempts = 1 WHERE id = %s", [asked.id])
    left = ended(office.user, office.session_id, asked.id)
    assert (left.status, left.error) == ("unknown", "unconfirmed")
    assert "Never twice" not in [each["subject"] for each in whatsapp.groups()]


def test_a_change_that_a_crash_interrupted_is_made_again(office: Office) -> None:
    made = office.make()
    with office.user.database.transaction() as connection:
        session = sessions.lock(connection, Reach(office.user.id), office.session_id)
        asked, _ = operations.request(connection, session, ChangeGroup(office.jid(made), "After the crash"))
        connection.execute("UPDATE gateway.commands SET status = 'running', attempts = 1 WHERE id = %s", [asked.id])
    assert ended(office.user, office.session_id, asked.id).status == "done"
    assert group(office.user, office.session_id, made["chatId"]).subject == "After the crash"


def test_a_worker_killed_after_whatsapp_made_the_group_makes_no_other(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    connector, number = gateway.start_connector(), phone("Office")
    session_id = user.link(number)
    whatsapp.fault(latencySeconds=5)
    asked = ask(user, session_id, CreateGroup("Made before the crash"))
    wait_for(lambda: subjects(whatsapp), lambda found: "Made before the crash" in found)
    workers(connector.pid)[0].kill()
    whatsapp.clear_faults()
    assert ended(user, session_id, asked).status == "unknown"
    (joined,) = wait_for(lambda: user.events(session_id, "group.joined"), lambda found: len(found) == 1)
    assert group(user, session_id, joined.data["chatId"]).subject == "Made before the crash"
    assert subjects(whatsapp).count("Made before the crash") == 1


def subjects(whatsapp: WhatsAppControl) -> list[str]:
    return [each["subject"] for each in whatsapp.groups()]


def test_a_picture_is_that_of_an_upload(
    guest: User, office: Office, shared_gateway: Gateway, whatsapp: WhatsAppControl
) -> None:
    made, jpeg = office.make(), b"\xff\xd8\xff\xe0 small \xff\xd9"
    large = jpeg + b"\0" * MAX_PICTURE_BYTES
    for body, by_form, error in (
        (jpeg, False, None),
        (jpeg, True, None),
        (b"GIF89a", False, "media_rejected"),
        (large, True, "media_rejected"),
        (None, True, "media_unavailable"),
    ):
        media_id = upload(shared_gateway, office.session_id, body, by_form=by_form)
        change = ChangeGroup(office.jid(made), picture=str(media_id))
        asked = ended(guest, office.session_id, ask(guest, office.session_id, change))
        assert asked.error == error
    assert whatsapp.group(office.jid(made))["pictureId"]
    assert {"chatId": made["chatId"], "newPicture": True, "by": whatsapp.phone(office.number)["lid"]} in office.told(
        "group.changed", made["chatId"]
    )


def upload(gateway: Gateway, session_id: UUID, body: bytes | None, *, by_form: bool) -> UUID:
    """A file that was given to be sent, as functions/api stores it; of a form it is not known what it got."""
    media_id, key = new_id(), f"tests/{new_id()}"
    if body is not None:
        s3_client(gateway.queues.endpoint).put_object(Bucket=bucket_name(gateway.queues.prefix), Key=key, Body=body)
    with psycopg.connect(gateway.database.admin) as connection:
        connection.execute(
            "INSERT INTO gateway.media_objects (id, session_id, origin, state, storage_key, size)"
            " VALUES (%s, %s, 'upload', %s, %s, %s)",
            [media_id, session_id, "pending" if by_form else "available", key, None if by_form else len(body or b"")],
        )
    return media_id
