"""Every kind that is sent, from its row through the real library to what a phone decrypts."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from gateway.domain.content import ContactCard, Contacts, Phone, Poll, Quote, Timer
from gateway.domain.links import LinkPreview
from gateway.domain.operations import ChangeGroup
from gateway.domain.outbound import (
    Content,
    Context,
    Deletion,
    Edit,
    Location,
    Outbound,
    Pinning,
    Reaction,
    Target,
    Text,
)
from infra.local.whatsapp.client import Json, WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.office import perform, refusal
from tests.integration.connector.user import User, wait_for

CARD = ContactCard(
    name="Müller; Söhne, GmbH\nTEL:1",
    organisation="Acme",
    phones=(Phone(number="+4915112345678", whatsapp="+4915112345678"),),
    emails=("m@example.org",),
)
VCARD = (
    "BEGIN:VCARD\nVERSION:3.0\nN:;Müller\\; Söhne\\, GmbH\\nTEL:1;;;\nFN:Müller\\; Söhne\\, GmbH\\nTEL:1\n"
    "ORG:Acme;\nTEL;type=CELL;type=VOICE;waid=4915112345678:+4915112345678\nEMAIL;type=INTERNET:m@example.org\nEND:VCARD"
)
PREVIEW = LinkPreview("https://example.org/flat", "The flat", "Two rooms", b"a picture")
KINDS: list[tuple[Outbound, Json]] = [
    (
        Outbound(Location(52.52, 13.405, "The flat", "Elm Street 5")),
        {"kind": "location", "text": "The flat", "latitude": 52.52, "longitude": 13.405, "address": "Elm Street 5"},
    ),
    (
        Outbound(Contacts(kind="contact", contacts=(CARD,))),
        {"kind": "contact", "contacts": [{"name": CARD.name, "vcard": VCARD}]},
    ),
    (
        Outbound(Contacts(kind="contacts", contacts=(CARD, CARD))),
        {"kind": "contact", "text": "2 contacts", "contacts": [{"name": CARD.name, "vcard": VCARD}] * 2},
    ),
    (
        Outbound(Poll(question="When?", options=("Tue", "Fri"), selectable=1)),
        {"kind": "poll", "text": "When?", "options": ["Tue", "Fri"], "selectable": 1, "votes": {}},
    ),
    (
        Outbound(Text("See https://example.org/flat.", PREVIEW)),
        {
            "kind": "text",
            "text": "See https://example.org/flat.",
            "preview": {
                "url": PREVIEW.link,
                "title": "The flat",
                "description": "Two rooms",
                "thumbnail": base64.b64encode(b"a picture").decode(),
            },
        },
    ),
    (Outbound(Text("sent on"), Context(forwarding_score=1)), {"kind": "text", "text": "sent on", "forwarded": 1}),
]


def seen(whatsapp: WhatsAppControl, number: str, message_id: str | None, **wanted: object) -> Json:
    """What the phone shows of a message, once it shows this of it."""
    return whatsapp.wait_for_message(
        number, lambda message: message["id"] == message_id and message.items() >= wanted.items()
    )


@pytest.mark.parametrize(("sent", "shown"), KINDS, ids=lambda value: getattr(value, "kind", None))
def test_the_phone_shows_what_was_sent(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl, sent: Outbound, shown: Json
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    row = guest.send_content(session_id, tenant, sent.content, sent.context)
    message = guest.wait_for_status(session_id, row, "delivered")
    assert seen(whatsapp, tenant, message.message_id).items() >= shown.items()
    # The own phone shows it, too.
    assert seen(whatsapp, office, message.message_id).items() >= shown.items()


def test_a_reply_shows_what_it_replies_to_and_names_are_mentioned(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    asked = whatsapp.send_kind(tenant, to=office, kind="image", caption="Look")
    (question,) = wait_for(lambda: guest.messages(session_id), bool)
    quote = Quote(message_id=asked, sender_lid=question.sender_lid, message_type="image", text="Look")
    mentioned = f"{tenant.removeprefix('+')}@s.whatsapp.net"
    text = f"@{tenant.removeprefix('+')} thanks"
    row = guest.send_content(session_id, tenant, Text(text), Context(quote, (mentioned,)))
    message = guest.wait_for_status(session_id, row, "delivered")
    assert (
        seen(whatsapp, tenant, message.message_id).items()
        >= {
            "text": text,
            "quotes": asked,
            "quoted": {"from": tenant, "kind": "image", "text": "Look"},
            "mentions": [tenant],
        }.items()
    )
    assert (message.quoted_id, (message.quote or {})["text"]) == (asked, "Look")


def test_votes_in_a_poll_of_ours_are_read(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    row = guest.send_content(session_id, tenant, Poll(question="When?", options=("Tue", "Fri"), selectable=1))
    message = guest.wait_for_status(session_id, row, "delivered")
    whatsapp.send_kind(tenant, kind="vote", messageId=message.message_id, options=["Fri"])
    votes = wait_for(lambda: [each for each in guest.messages(session_id) if each.message_type == "poll_vote"], bool)
    assert votes[0].details == {"kind": "poll_vote", "options": ["Fri"]}


def _sent(user: User, session_id: UUID, to: str, content: Content) -> str:
    """Return WhatsApp's id of what was sent and delivered."""
    row = user.send_content(session_id, to, content)
    return user.wait_for_status(session_id, row, "sent", "delivered", "read").message_id or ""


def test_an_edit_a_reaction_a_pin_and_a_deletion_happen_on_the_phone_and_here(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    row = guest.send_content(session_id, tenant, Text("at nine"))
    whatsapp_id = guest.wait_for_status(session_id, row, "delivered").message_id or ""
    target = Target(whatsapp_id, from_me=True)

    _sent(guest, session_id, tenant, Edit(target, "at ten"))
    seen(whatsapp, tenant, whatsapp_id, text="at ten", edited=True)
    edited = guest.message(session_id, row)
    assert (edited.content, edited.edited_at is not None) == ("at ten", True)
    (event,) = guest.events(session_id, "message.edited")
    assert event.data["id"] == str(row)

    reaction = _sent(guest, session_id, tenant, Reaction(target, "👍"))
    seen(whatsapp, tenant, reaction, kind="reaction", text="👍", messageId=whatsapp_id)
    (event,) = guest.events(session_id, "message.reaction")
    assert (event.data["targetMessageId"], event.data["fromMe"]) == (whatsapp_id, True)

    pin = _sent(guest, session_id, tenant, Pinning(target, 86_400))
    seen(whatsapp, tenant, pin, kind="pin", messageId=whatsapp_id, pinned=True)
    unpin = _sent(guest, session_id, tenant, Pinning(target, 0))
    seen(whatsapp, tenant, unpin, kind="pin", messageId=whatsapp_id, pinned=False)

    _sent(guest, session_id, tenant, Deletion(target))
    seen(whatsapp, tenant, whatsapp_id, deleted=True)
    deleted = guest.message(session_id, row)
    assert (deleted.content, deleted.deleted_at is not None) == (None, True)
    assert [each.content for each in guest.messages(session_id) if each.message_type == "edit"] == [None]
    assert len(guest.events(session_id, "message.deleted")) == 1


def test_what_others_wrote_is_marked_and_in_a_group_deleted_by_an_admin(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant, other = phone(), phone(), phone()
    session_id = guest.link(office)
    group = whatsapp.create_group(office, "House", [tenant, other])
    said = whatsapp.send(tenant, group, "spam")
    (message,) = wait_for(lambda: guest.messages(session_id), bool)
    target = Target(said, from_me=False, author=message.sender_lid)
    reaction = _sent(guest, session_id, group, Reaction(target, "🙁"))
    seen(whatsapp, other, reaction, kind="reaction", messageId=said)
    _sent(guest, session_id, group, Deletion(target))
    seen(whatsapp, other, said, deleted=True)
    assert guest.message(session_id, message.id).deleted_at is not None


def test_what_is_sent_disappears_as_the_other_side_wants(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.send_kind(tenant, to=office, kind="text", text="When?", expires=86_400)
    guest.wait_for_texts(session_id, "When?")
    for content in (Text("at nine"), Location(52.52, 13.405)):
        row = guest.send_content(session_id, tenant, content)
        message = guest.wait_for_status(session_id, row, "delivered")
        assert seen(whatsapp, tenant, message.message_id)["expires"] == 86_400
    quote = Quote(message_id=message.message_id or "", message_type="location", text=None)
    row = guest.send_content(session_id, tenant, Text("there"), Context(quote))
    message = guest.wait_for_status(session_id, row, "delivered")
    assert seen(whatsapp, tenant, message.message_id).items() >= {"expires": 86_400, "quotes": quote.message_id}.items()


def test_a_timer_is_set_and_ended_from_here(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    for seconds, kept in ((604_800, {"expires": 604_800}), (0, {})):
        timer = _sent(guest, session_id, tenant, Timer(seconds=seconds))
        seen(whatsapp, tenant, timer, kind="timer", seconds=seconds)
        row = guest.send_content(session_id, tenant, Text(f"after {seconds}"))
        message = guest.wait_for_status(session_id, row, "delivered")
        shown = seen(whatsapp, tenant, message.message_id)
        assert {name: shown[name] for name in ("expires",) if name in shown} == kept


def test_the_timer_of_a_group_is_set_and_ended_from_here(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    group = whatsapp.create_group(office, "House", [tenant])
    whatsapp.send(tenant, group, "When?")
    guest.wait_for_texts(session_id, "When?")
    for seconds, kept in ((604_800, 604_800), (0, None)):
        perform(guest, session_id, ChangeGroup(group, disappearing_seconds=seconds))
        assert whatsapp.group(group)["timer"] == seconds
        (chat,) = guest.chats(session_id)
        assert chat.disappearing_seconds == seconds
        row = guest.send_content(session_id, group, Text(f"after {seconds}"))
        message = guest.wait_for_status(session_id, row, "sent", "delivered")
        assert seen(whatsapp, tenant, message.message_id).get("expires") == kept


def test_a_timer_that_only_admins_may_set_is_refused(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    group = whatsapp.create_group(tenant, "House", [office])
    whatsapp.change_group(group, tenant, locked=True)
    whatsapp.send(tenant, group, "When?")
    guest.wait_for_texts(session_id, "When?")
    assert refusal(guest, session_id, ChangeGroup(group, disappearing_seconds=604_800)) == "not_admin"
    assert whatsapp.group(group)["timer"] == 0
    assert guest.chats(session_id)[0].disappearing_seconds in (None, 0)
