from __future__ import annotations

import pytest

from gateway.client import NotOnWhatsApp, Problem, SessionCannotSend
from gateway.client.following import Wanted
from tests.e2e.world import Linked, World, until, until_that

# What people write: emoji with joiners, right to left, several lines, the length limit.
TEXTS = [
    "👩‍👩‍👧 ✓ 🇩🇪",
    "שלום עולם مرحبا",
    "first\n\nthird line\ttab",
    "ü" * 4000,
    "@4915112345678 *bold* _it_",
    "<b>&amp;</b>",
]


@pytest.fixture(scope="module")
def alice(world: World) -> Linked:
    return world.link("Alice")


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_arrives_unchanged_in_both_directions(world: World, alice: Linked, text: str) -> None:
    tenant = world.phone("Tenant")
    sent = alice.session.send(tenant, text)
    assert sent.status in ("sent", "delivered", "read")
    assert world.whatsapp.wait_for_text(tenant, text)["id"] == sent.message_id
    world.say(tenant, alice.number, text)
    until(lambda: [m.content for m in alice.messages_of(tenant)] == [text, text])


def test_a_send_is_delivered_and_read(world: World, alice: Linked) -> None:
    tenant = world.phone("Tenant")
    sent = alice.session.send(tenant, world.text("is the flat still free?"))
    until(lambda: alice.session.message(sent.id).status == "delivered")
    assert sent.message_id
    world.whatsapp.read(tenant, sent.message_id)
    until(lambda: alice.session.message(sent.id).status == "read")
    message = alice.session.message(sent.id)
    assert message.timeline
    assert [entry.status for entry in message.timeline] == ["queued", "sent", "delivered", "read"]
    # WhatsApp's times are whole seconds.
    seconds = [entry.at.replace(microsecond=0) for entry in message.timeline]
    assert seconds == sorted(seconds)
    assert message.sent_at
    assert message.delivered_at
    assert message.read_at


def test_a_received_message_says_who_wrote_it(world: World, alice: Linked) -> None:
    tenant = world.phone("Tina Tenant")
    world.say(tenant, alice.number, "the heating is broken")
    message = until(lambda: alice.message("the heating is broken"))
    assert (message.from_me, message.status, message.message_type) == (False, "received", "text")
    assert (message.sender_phone_number, message.chat_phone_number, message.push_name) == (
        tenant,
        tenant,
        "Tina Tenant",
    )
    assert message.sender_lid
    assert message.remote_jid == message.chat_lid == message.sender_lid
    [chat] = [chat for chat in alice.session.chats() if chat.phone_number == tenant]
    assert (chat.name, chat.unread_count, chat.lid) == ("Tina Tenant", 1, message.chat_lid)


def test_reading_tells_the_sender(world: World, alice: Linked) -> None:
    tenant = world.phone("Tenant")
    ids = [world.say(tenant, alice.number, f"question {number} of {tenant}") for number in range(3)]
    chat = until(
        lambda: next((c for c in alice.session.chats() if c.phone_number == tenant and c.unread_count == 3), None)
    )
    alice.session.read(chat.id)
    for id in ids:
        world.whatsapp.wait_for_status(tenant, id, "read")
    until(lambda: [c.unread_count for c in alice.session.chats() if c.phone_number == tenant] == [0])
    assert {m.status for m in alice.session.messages(chat=tenant)} == {"read"}


def test_order_is_kept_in_both_directions(world: World, alice: Linked) -> None:
    tenant = world.phone("Tenant")
    outbound = [f"out {number}" for number in range(15)]
    for text in outbound:
        alice.session.send(tenant, text, wait=False)
    world.whatsapp.wait_for_text(tenant, outbound[-1])
    assert [m["text"] for m in world.whatsapp.messages(tenant)] == outbound
    inbound = [f"in {number}" for number in range(15)]
    for text in inbound:
        world.say(tenant, alice.number, text)
    until(lambda: alice.message(inbound[-1]))
    texts = [m.content for m in alice.session.messages(chat=tenant)][::-1]
    assert texts == outbound + inbound


def test_what_the_human_types_on_the_phone_is_from_me(world: World, alice: Linked) -> None:
    tenant = world.phone("Tenant")
    world.say(alice.number, tenant, "typed on the phone by hand")
    message = until(lambda: alice.message("typed on the phone by hand"))
    assert (message.from_me, message.origin, message.chat_phone_number) == (True, "phone", tenant)
    [chat] = [chat for chat in alice.session.chats() if chat.phone_number == tenant]
    assert chat.unread_count == 0


def test_every_kind_is_stored(world: World, alice: Linked) -> None:
    tenant = world.phone("Tenant")
    first = world.say(tenant, alice.number, "the tap drips a lot")
    world.whatsapp.send_kind(tenant, to=alice.number, kind="image", caption="look at the tap")
    world.whatsapp.send_kind(
        tenant, to=alice.number, kind="location", latitude=52.52, longitude=13.405, name="The flat"
    )
    world.whatsapp.send_kind(tenant, to=alice.number, kind="reaction", messageId=first, emoji="👍")
    until(lambda: len(alice.messages_of(tenant)) >= 4)
    kinds = {m.message_type: m for m in alice.session.messages(chat=tenant)}
    assert set(kinds) == {"text", "image", "location", "reaction"}
    assert kinds["image"].content == "look at the tap"
    assert kinds["image"].media
    assert kinds["image"].media["mimetype"].startswith("image/")
    assert kinds["location"].location
    assert kinds["location"].location["latitude"] == pytest.approx(52.52)
    assert (kinds["reaction"].content, kinds["reaction"].target_message_id) == ("👍", first)


def test_edits_and_deletions_change_what_they_name(world: World, alice: Linked) -> None:
    tenant = world.phone("Tenant")
    edited = world.say(tenant, alice.number, "the tap dripps")
    deleted = world.say(tenant, alice.number, "never mind that")
    until(lambda: alice.message("never mind that"))
    world.whatsapp.send_kind(tenant, kind="edit", messageId=edited, text="the tap drips")
    world.whatsapp.send_kind(tenant, kind="delete", messageId=deleted)
    until(lambda: {m.content for m in alice.session.messages(chat=tenant)} == {"the tap drips", None})
    by_id = {m.message_id: m for m in alice.session.messages(chat=tenant)}
    assert by_id[edited].edited_at
    assert by_id[deleted].deleted_at
    types = event_types(world, alice)
    assert "message.edited" in types
    assert "message.deleted" in types


def test_a_number_that_is_not_on_whatsapp(world: World, alice: Linked) -> None:
    nobody = world.unused_number()
    for _ in range(2):
        with pytest.raises(NotOnWhatsApp) as refused:
            alice.session.send(nobody, "anybody there?")
        assert (refused.value.status, refused.value.code) == (422, "not_on_whatsapp")
    other = world.unused_number()
    queued = alice.session.send(other, "anybody else?", wait=False)
    assert queued.status == "queued"
    failed = until_that(lambda: alice.session.message(queued.id), lambda m: m.status == "failed")
    assert failed.error == "not_on_whatsapp"


def test_a_session_that_was_never_linked_says_what_to_do(world: World) -> None:
    with pytest.raises(SessionCannotSend) as refused:
        world.session().send(world.phone(), "x")
    assert refused.value.status == 409
    assert refused.value.detail
    assert "connect" in refused.value.detail.lower()


def test_the_same_idempotency_key_sends_once(world: World, alice: Linked) -> None:
    tenant = world.phone("Tenant")
    sent = [alice.session.send(tenant, "only once please", idempotency_key=f"k-{tenant}") for _ in range(3)]
    assert len({each.id for each in sent}) == 1
    alice.session.send(tenant, "the end of it")
    world.whatsapp.wait_for_text(tenant, "the end of it")
    assert [m["text"] for m in world.whatsapp.messages(tenant)] == ["only once please", "the end of it"]
    with pytest.raises(Problem) as reused:
        alice.session.send(tenant, "another text", idempotency_key=f"k-{tenant}")
    assert reused.value.status == 422


def test_a_chat_is_one_whichever_address_is_used(world: World, alice: Linked) -> None:
    tenant = world.phone("Tenant")
    alice.session.send(tenant, "by number")
    lid = until(lambda: next((c.lid for c in alice.session.chats() if c.phone_number == tenant), None))
    assert lid
    alice.session.send(lid, "by LID")
    world.say(tenant, alice.number, "and back")
    until(lambda: alice.message("and back"))
    chats = [chat for chat in alice.session.chats() if tenant in (chat.phone_number,) or chat.lid == lid]
    assert len(chats) == 1
    assert [m.content for m in alice.session.messages(chat=lid)] == ["and back", "by LID", "by number"]


def test_a_damaged_message_arrives_after_a_retry(world: World, alice: Linked) -> None:
    tenant = world.phone("Tenant")
    world.say(tenant, alice.number, "an undamaged one first")
    until(lambda: alice.message("an undamaged one first"))
    world.whatsapp.fault(corrupt={"count": 1, "number": alice.number})
    world.say(tenant, alice.number, "damaged on the way")
    until(lambda: alice.message("damaged on the way"))
    assert len(list(alice.session.messages(chat=tenant))) == 2


def event_types(world: World, linked: Linked) -> set[str]:
    """Of the whole event log."""
    types: set[str] = set()
    after = "earliest"
    while batch := world.client.ask(Wanted(session_id=linked.session.id).page(after)).items:
        types |= {str(event.type) for event in batch}
        after = batch[-1].id
    return types
