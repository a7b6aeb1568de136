"""What belongs to a message, from phones through the real library to what the API shows."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.content import Poll
from gateway.schemas.messages import MessageBody
from gateway.schemas.related import related_to
from gateway.store import messages
from infra.local.whatsapp.client import Json, WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for


def shown(user: User, session_id: UUID, row: UUID) -> Json:
    """The message as the API shows it."""
    with user.database.transaction() as connection:
        message = messages.get(connection, session_id, row)
        body = MessageBody.of(message, related_to(connection, [message]))
    document: Json = body.model_dump(mode="json", by_alias=True)
    return document


def row_of(user: User, session_id: UUID, message_id: str) -> UUID:
    """Our id of a message, once it is stored."""

    def found() -> list[UUID]:
        return [each.id for each in user.messages(session_id) if each.message_id == message_id]

    return wait_for(found, bool)[0]


def results(user: User, session_id: UUID, row: UUID) -> dict[str, list[str]]:
    """Who chose each option, by number."""
    options: list[Json] = shown(user, session_id, row)["details"]["results"]
    assert all(each["votes"] == len(each["voters"]) for each in options)
    return {each["option"]: [voter["senderPhoneNumber"] for voter in each["voters"]] for each in options}


def test_a_poll_shows_what_it_has_come_to(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant, other = phone(), phone(), phone()
    session_id = guest.link(office)
    group = whatsapp.create_group(office, "House", [tenant, other])
    whatsapp.send(tenant, group, "When?")
    guest.wait_for_texts(session_id, "When?")
    ours = guest.send_content(session_id, group, Poll(question="When?", options=("Tue", "Fri"), selectable=0))
    poll_id = guest.wait_for_status(session_id, ours, "delivered").message_id or ""
    whatsapp.wait_for_message(other, lambda each: each["id"] == poll_id)
    theirs = whatsapp.send_kind(tenant, to=group, kind="poll", question="Who?", options=["Me", "You"], selectable=1)
    whatsapp.wait_for_message(other, lambda each: each["id"] == theirs)
    other_row = row_of(guest, session_id, theirs)
    assert results(guest, session_id, other_row) == {"Me": [], "You": []}

    def vote(voter: str, poll: str, *options: str) -> None:
        whatsapp.send_kind(voter, to=group, kind="vote", messageId=poll, options=list(options))

    vote(tenant, poll_id, "Tue", "Fri")
    wait_for(lambda: results(guest, session_id, ours), lambda found: found == {"Tue": [tenant], "Fri": [tenant]})
    vote(other, poll_id, "Fri")
    vote(other, theirs, "Me")
    wait_for(lambda: results(guest, session_id, ours), lambda found: found["Fri"] == [tenant, other])
    wait_for(lambda: results(guest, session_id, other_row), lambda found: found == {"Me": [other], "You": []})
    # The last vote of each person holds, and none takes it back.
    vote(tenant, poll_id, "Tue")
    vote(other, poll_id)
    vote(other, theirs, "You")
    wait_for(lambda: results(guest, session_id, ours), lambda found: found == {"Tue": [tenant], "Fri": []})
    # The account's own phone votes, too.
    vote(office, theirs, "You")
    wait_for(lambda: results(guest, session_id, other_row), lambda found: found == {"Me": [], "You": [other, office]})


def test_an_album_lists_its_pictures_and_they_name_it(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    album = whatsapp.send_kind(tenant, to=office, kind="album", images=2, videos=1)
    sent = [whatsapp.send_kind(tenant, to=office, kind=kind, album=album) for kind in ("image", "video", "image")]
    rows = [row_of(guest, session_id, each) for each in sent]
    head = row_of(guest, session_id, album)
    parts = [str(row) for row in rows]
    assert shown(guest, session_id, head)["details"] == {"kind": "album", "images": 2, "videos": 1, "parts": parts}
    for row in rows:
        part = shown(guest, session_id, row)
        assert (part["targetMessageId"], part["targetId"]) == (album, str(head))


def test_a_message_shows_how_often_it_was_forwarded_and_whom_it_mentions(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant, other = phone(), phone(), phone()
    session_id = guest.link(office)
    whatsapp.send(other, office, "hello")
    guest.wait_for_texts(session_id, "hello")
    marks = []
    for forwarded in (0, 1, 5):
        sent = whatsapp.send_kind(tenant, to=office, kind="text", text="news", forwarded=forwarded, mentions=[other])
        message = shown(guest, session_id, row_of(guest, session_id, sent))
        marks.append((message["forwarded"], message["frequentlyForwarded"]))
    assert marks == [(False, False), (True, False), (True, True)]
    (mention,) = message["mentions"]
    (chat,) = [each for each in guest.chats(session_id) if each.phone_number == other]
    assert (mention["lid"], mention["phoneNumber"], mention["name"]) == (chat.lid, other, chat.name)


def test_a_message_shows_its_earlier_texts_and_who_deleted_it(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    said = whatsapp.send(tenant, office, "at nine")
    row = row_of(guest, session_id, said)
    for text in ("at ten", "at noon"):
        whatsapp.send_kind(tenant, kind="edit", messageId=said, text=text)
        wait_for(lambda: shown(guest, session_id, row)["content"], text.__eq__)
    message = shown(guest, session_id, row)
    assert [each["content"] for each in message["edits"]] == ["at nine", "at ten"]
    assert message["edits"][0]["at"] == message["timestamp"]
    assert message["edits"][1]["at"] <= message["editedAt"]
    whatsapp.send_kind(tenant, kind="delete", messageId=said)
    message = wait_for(lambda: shown(guest, session_id, row), lambda found: found["deletedAt"] is not None)
    assert (message["content"], message["edits"]) == (None, [])
    assert (message["deletedBy"]["fromMe"], message["deletedBy"]["phoneNumber"]) == (False, tenant)


def test_a_live_location_moves(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)

    def at(latitude: float, sequence: int) -> str:
        place = {"latitude": latitude, "longitude": 13.4, "sequence": sequence}
        return whatsapp.send_kind(tenant, to=office, kind="live_location", **place)

    row = row_of(guest, session_id, at(52.1, 1))
    for sequence in (2, 3, 4):
        at(52.1 + sequence, sequence)
        wait_for(lambda: shown(guest, session_id, row)["location"]["sequenceNumber"], sequence.__eq__)
    location = shown(guest, session_id, row)["location"]
    assert (location["latitude"], "movedAt" in location) == (56.1, True)
    assert [each.id for each in guest.messages(session_id)] == [row]
    # One event of five seconds tells of all.
    (event,) = guest.events(session_id, "message.moved")
    assert event.data["id"] == str(row)
    # Whoever shares anew counts from the beginning.
    again = row_of(guest, session_id, at(60.0, 1))
    at(61.0, 2)
    wait_for(lambda: shown(guest, session_id, again)["location"]["latitude"], (61.0).__eq__)
    assert shown(guest, session_id, row)["location"] == location
