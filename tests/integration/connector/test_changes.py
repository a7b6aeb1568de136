"""Edits, deletions, and what is more than one message and shown as one."""

from __future__ import annotations

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for


def test_an_admin_deletes_what_others_wrote(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant, admin = phone(), phone(), phone()
    session_id = guest.link(office)
    group = whatsapp.create_group(admin, "House", [office, tenant])
    ids = [whatsapp.send(tenant, group, text) for text in ("an insult", "another one")]
    whatsapp.wait_for_text(admin, "another one")
    for id in ids:
        whatsapp.send_kind(admin, kind="delete", messageId=id)
    guest.wait_for_events(session_id, "message.deleted", 2)
    messages = guest.messages(session_id)
    assert [(message.message_id, message.content) for message in messages] == [(id, None) for id in ids]
    assert all(message.deleted_at for message in messages)


def test_a_group_has_its_subject_for_a_name(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    group = whatsapp.create_group(tenant, "Elm Street 5", [office])
    whatsapp.send(tenant, group, "hello all")
    wait_for(lambda: [chat.name for chat in guest.chats(session_id)], lambda names: names == ["Elm Street 5"])


def test_the_own_phone_changes_what_was_typed_on_it(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    edited, deleted = (whatsapp.send(office, tenant, text) for text in ("tomorow", "oops"))
    whatsapp.send_kind(office, kind="edit", messageId=edited, text="tomorrow", sealed=True)
    whatsapp.send_kind(office, kind="delete", messageId=deleted)
    guest.wait_for_events(session_id, "message.deleted", 1)
    assert [message.content for message in guest.messages(session_id)] == ["tomorrow", None]


def test_an_album_is_its_pictures_and_a_better_copy_is_no_other_picture(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    album = whatsapp.send_kind(tenant, to=office, kind="album", images=2)
    first, second = (whatsapp.send_kind(tenant, to=office, kind="image", album=album) for _ in range(2))
    wait_for(lambda: guest.messages(session_id), lambda found: len(found) == 3)
    file = (guest.messages(session_id)[1].media or {})["directPath"]
    whatsapp.send_kind(tenant, to=office, kind="image", hdOf=first)
    guest.wait_for_events(session_id, "message.edited", 1)
    messages = guest.messages(session_id)
    assert [(message.message_type, message.message_id) for message in messages] == [
        ("album", album),
        ("image", first),
        ("image", second),
    ]
    assert (messages[1].media or {})["directPath"] != file
    assert [(chat.unread_count, chat.last_message_id) for chat in guest.chats(session_id)] == [(2, messages[2].id)]


def test_what_may_be_viewed_once_is_not_waited_for(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.send_kind(tenant, to=office, kind="image", viewOnce=True)
    (message,) = wait_for(lambda: guest.messages(session_id), lambda found: len(found) == 1)
    assert (message.message_type, message.content) == ("unavailable", None)
    assert guest.events(session_id, "message.undecryptable") == []
    assert [event.data["messageType"] for event in guest.events(session_id, "message.received")] == ["unavailable"]
