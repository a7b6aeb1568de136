"""Group chats: groups, status posts, broadcast lists, newsletters."""

from __future__ import annotations

import time

import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.local_whatsapp.conftest import Linked, NewNumber
from tests.integration.local_whatsapp.harness import link, wait_for_name

_NEWSLETTER = "120363000000000001@newsletter"


@pytest.fixture
def group(control: WhatsAppControl, linked: Linked, members: tuple[str, str]) -> str:
    """Made by the first of them."""
    return control.create_group(members[0], "House 7", [linked.number, members[1]])


def test_the_client_learns_of_a_group_and_can_look_it_up(control: WhatsAppControl, linked: Linked, group: str) -> None:
    assert linked.process.wait("JoinedGroup", linked.name, group=group)["subject"] == "House 7"
    assert linked.process.call(linked.name, "groups")["groups"][group] == 3
    assert next(known for known in control.groups() if known["id"] == group)["members"][1] == linked.number


def test_what_phones_write_reaches_the_client_with_its_author(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str], group: str
) -> None:
    for position, author in enumerate((*members, *members)):
        sent = control.send(author, group, f"text {position}")
        got = linked.process.wait("Message", linked.name, id=sent, text=f"text {position}")
        assert got["chat"] == group
        assert got["sender"] == control.phone(author)["lid"]
        assert got["alternative"] == f"{author[1:]}@s.whatsapp.net"
        assert got["fromMe"] is False
    assert not [event for event in linked.process.events(linked.name) if event["event"] == "UndecryptableMessage"]


def test_mentions_name_who_is_meant(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str], group: str
) -> None:
    first, second = members
    sent = control.send(first, group, f"@{linked.number} when?", mentions=[linked.number])
    got = linked.process.wait("Message", linked.name, id=sent, text=f"@{linked.number} when?")
    assert got["mentions"] == [control.phone(linked.number)["lid"]]
    assert control.wait_for_message(second, lambda message: message["id"] == sent)["mentions"] == [linked.number]


def test_what_the_client_writes_reaches_the_phones(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str], group: str
) -> None:
    undecryptable = control.statistics()["undecryptable"]
    for text in ("first", "second"):
        assert linked.process.call(linked.name, "send", to=group, text=text)["event"] == "result"
        for phone in (*members, linked.number):
            got = control.wait_for_text(phone, text)
            assert (got["from"], got["chat"], got["fromMe"]) == (linked.number, group, phone == linked.number)
    assert control.statistics()["undecryptable"] == undecryptable


def test_a_group_made_by_the_client(control: WhatsAppControl, linked: Linked, members: tuple[str, str]) -> None:
    made = linked.process.call(linked.name, "create_group", subject="Tenants", members=list(members))["group"]
    control.send(members[0], made, "thanks")
    assert linked.process.wait("Message", linked.name, text="thanks")["chat"] == made
    linked.process.call(linked.name, "send", to=made, text="welcome")
    control.wait_for_text(members[1], "welcome")


def test_receipts_in_groups_name_their_reader(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str], group: str
) -> None:
    first, second = members
    control.change_phone(linked.number, autoReceipts=False)
    sent = control.send(first, group, "read this")
    got = linked.process.wait("Message", linked.name, id=sent, text="read this")
    control.wait_for_status(first, sent, "delivered")
    linked.process.call(linked.name, "read", id=sent, chat=group, sender=got["sender"])
    assert _receipts(control, first, sent, linked.number, "read")[second] == "delivered"
    control.read(second, sent)
    control.wait_for_status(first, sent, "read")
    control.change_phone(linked.number, autoReceipts=True)


def test_the_client_gets_receipts_from_each_member(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str], group: str
) -> None:
    sent = linked.process.call(linked.name, "send", to=group, text="ticks")["id"]
    for phone in members:
        control.wait_for_text(phone, "ticks")
        got = linked.process.wait("Receipt", linked.name, ids=[sent], sender=control.phone(phone)["lid"])
        assert (got["chat"], got["type"]) == (group, 1)
    control.read(members[0], sent)
    linked.process.wait("Receipt", linked.name, ids=[sent], type=4)


def test_reactions_edits_and_deletions_in_groups(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str], group: str
) -> None:
    first, second = members
    sent = control.send(first, group, "frist")
    linked.process.wait("Message", linked.name, id=sent, text="frist")
    control.send_kind(second, kind="reaction", messageId=sent, emoji="👍")
    assert linked.process.wait("Message", linked.name, text="👍", chat=group)["about"] == sent
    control.send_kind(first, kind="edit", messageId=sent, text="first")
    assert linked.process.wait("Message", linked.name, text="first", edited=True)["about"] == sent
    assert control.wait_for_text(second, "first")["edited"] is True
    control.send_kind(first, kind="delete", messageId=sent)
    assert linked.process.wait("Message", linked.name, protocol=0, about=sent)["chat"] == group


def test_what_the_client_cannot_read_is_sent_to_it_again(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str], group: str
) -> None:
    control.fault(corrupt={"count": 1, "number": linked.number})
    sent = control.send(members[0], group, "garbled")
    assert linked.process.wait("UndecryptableMessage", linked.name, id=sent)
    linked.process.wait("Message", linked.name, id=sent, text="garbled")
    control.send(members[0], group, "clear")
    linked.process.wait("Message", linked.name, text="clear", chat=group)


def test_what_a_phone_cannot_read_is_sent_to_it_again(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str], group: str
) -> None:
    control.fault(corrupt={"count": 1, "number": members[0], "device": 0})
    linked.process.call(linked.name, "send", to=group, text="garbled for one")
    for phone in members:
        control.wait_for_text(phone, "garbled for one")
    linked.process.call(linked.name, "send", to=group, text="clear to all")
    control.wait_for_text(members[0], "clear to all")
    assert control.statistics()["undecryptable"].pop(members[0]) == 1


def test_a_client_linked_later_reads_what_comes_after(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str], group: str
) -> None:
    linked.process.call(linked.name, "send", to=group, text="before it came")
    control.send(members[0], group, "before it came too")
    link(linked.process, control, "later", members[1])
    control.send(members[0], group, "after it came")
    linked.process.wait("Message", "later", text="after it came", chat=group)
    linked.process.call(linked.name, "send", to=group, text="to the new one as well")
    linked.process.wait("Message", "later", text="to the new one as well", chat=group)
    assert linked.process.texts("later") == ["after it came", "to the new one as well"]


def test_who_is_no_member_neither_sees_nor_writes(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str]
) -> None:
    group = control.create_group(members[0], "Without it", [members[1]])
    outcome = linked.process.call(linked.name, "send", to=group, text="let me in")
    assert outcome["event"] == "failure"
    assert "not" in outcome["error"]
    assert control.messages(members[0]) == []


def test_a_status_post_reaches_the_client(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact = new_number()
    for text in ("at the beach", "home again"):
        sent = control.send(contact, "status", text)
        got = linked.process.wait("Message", linked.name, id=sent, text=text)
        assert (got["chat"], got["sender"]) == ("status@broadcast", control.phone(contact)["lid"])
        seen = control.message(linked.number, sent)
        assert seen
        assert (seen["from"], seen["chat"]) == (contact, "status@broadcast")


def test_a_status_post_can_be_for_some_only(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    author, chosen, other = new_number(), new_number(), new_number()
    control.send_kind(author, to="status", recipients=[chosen], text="for one")
    assert [message["text"] for message in control.messages(chosen)] == ["for one"]
    assert control.messages(other) == []


def test_the_own_phones_status_post_is_copied_to_the_client(control: WhatsAppControl, linked: Linked) -> None:
    sent = control.send(linked.number, "status", "closed on Monday")
    got = linked.process.wait("Message", linked.name, id=sent, text="closed on Monday")
    assert (got["chat"], got["fromMe"]) == ("status@broadcast", True)


def test_a_broadcast_list_is_the_same_for_the_same_recipients(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact, other = new_number(), new_number()
    chats = set()
    for text in ("rent is due", "thank you"):
        sent = control.broadcast(contact, [linked.number, other], text)
        got = linked.process.wait("Message", linked.name, id=sent, text=text)
        assert got["sender"] == control.phone(contact)["lid"]
        chats.add(got["chat"])
        control.wait_for_status(contact, sent, "delivered")
    (chat,) = chats
    assert chat.endswith("@broadcast")
    assert {message["chat"] for message in control.messages(contact)} == chats
    assert {(message["chat"], message["list"]) for message in control.messages(other)} == {(contact, chat)}


def test_reading_what_came_by_a_broadcast_list_is_told_to_its_author(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact, other = new_number(), new_number()
    sent = control.broadcast(contact, [linked.number, other], "rent is due")
    got = linked.process.wait("Message", linked.name, id=sent)
    control.read(other, sent)
    _receipts(control, contact, sent, other, "read")
    linked.process.call(linked.name, "read", id=sent, chat=got["chat"], sender=got["sender"])
    control.wait_for_status(contact, sent, "read")


def test_a_message_by_a_list_that_cannot_be_read_is_sent_again(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    control.fault(corrupt={"count": 1, "number": linked.number})
    sent = control.broadcast(new_number(), [linked.number], "garbled")
    assert linked.process.wait("UndecryptableMessage", linked.name, id=sent)
    linked.process.wait("Message", linked.name, id=sent, text="garbled")


def test_a_community_hides_the_numbers_of_its_members(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    open_group = control.create_group(contact, "Open", [linked.number])
    community = control.create_group(contact, "Community", [linked.number], hidesNumbers=True)
    shown = linked.process.wait("Message", linked.name, id=control.send(contact, open_group, "here I am"))
    hidden = linked.process.wait("Message", linked.name, id=control.send(contact, community, "and here"))
    assert shown["sender"] == hidden["sender"] == control.phone(contact)["lid"]
    assert shown["alternative"] == f"{contact[1:]}@s.whatsapp.net"
    assert hidden["alternative"] == ""
    hides = {group["id"]: group["hidesNumbers"] for group in control.groups()}
    assert (hides[open_group], hides[community]) == (False, True)


@pytest.mark.parametrize("kind", ["text", "image"])
def test_what_a_newsletter_publishes_reaches_the_client(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber, kind: str
) -> None:
    contact = new_number()
    said = {"text": "news"} if kind == "text" else {"caption": "a picture"}
    sent = control.send_kind(contact, to=_NEWSLETTER, kind=kind, **said)
    got = linked.process.wait("Message", linked.name, id=sent, text=next(iter(said.values())))
    assert (got["chat"], got["sender"], got["fromMe"]) == (_NEWSLETTER, _NEWSLETTER, False)
    seen = control.message(linked.number, sent)
    assert seen
    assert (seen["from"], seen["to"], seen["chat"]) == (_NEWSLETTER, linked.number, _NEWSLETTER)


def test_the_client_confirms_what_came_from_many(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    group = control.create_group(contact, "House 9", [linked.number])
    for to in (group, "status", _NEWSLETTER):
        linked.process.wait("Message", linked.name, id=control.send(contact, to, "once"), text="once")
    end = time.monotonic() + 10
    while control.phone(linked.number)["devices"][0]["unconfirmed"]:
        assert time.monotonic() < end


def _receipts(control: WhatsAppControl, phone: str, id: str, reader: str, status: str) -> dict[str, str]:
    seen = control.wait_for_message(phone, lambda message: message["id"] == id)
    while seen["receipts"].get(reader) != status:
        seen = control.message(phone, id) or seen
    receipts: dict[str, str] = seen["receipts"]
    return receipts


def test_status_posts_of_the_client_reach_its_contacts(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str]
) -> None:
    contact, stranger = members
    control.change_profile(linked.number, contacts={contact: "Contact"})
    wait_for_name(linked.process, linked.name, contact, "Contact")
    for text in ("first post", "second post"):
        assert linked.process.call(linked.name, "send", to="status@broadcast", text=text)["event"] == "result"
        shown = control.wait_for_text(contact, text)
        assert (shown["chat"], shown["from"]) == ("status@broadcast", linked.number)
        control.wait_for_text(linked.number, text)
    assert control.messages(stranger) == []


def test_what_the_client_publishes_in_a_channel_is_read(
    control: WhatsAppControl, linked: Linked, members: tuple[str, str]
) -> None:
    assert linked.process.call(linked.name, "send", to=_NEWSLETTER, text="published")["event"] == "result"
    for reader in members:
        assert control.wait_for_text(reader, "published")["chat"] == _NEWSLETTER
