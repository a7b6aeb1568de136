"""Presence through the real library: who types, who is online, who has a message; and what that costs."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from gateway.domain.access import Reach
from gateway.domain.commands import CommandKind
from gateway.domain.operations import UnwatchPresence, WatchPresence
from gateway.domain.outbound import Text
from gateway.domain.phone import Address
from gateway.domain.presence import PresenceSetting, TypingState, typing_payload
from gateway.store import chats, commands, presences, receipts, sessions
from gateway.store.chats import Chat
from gateway.store.presences import Presence
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.office import Office, ask, ended, perform
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway


class Watcher(Office):
    """An office whose first tenant has written, so that there is a chat."""

    def __init__(self, guest: User, phone: MakePhone, setting: PresenceSetting) -> None:
        super().__init__(guest, phone)
        self.tina = self.tenants[0]
        guest.whatsapp.send(self.tina, self.number, "The tap drips.")
        guest.wait_for_texts(self.session_id, "The tap drips.")
        if setting is not PresenceSetting.OFF:
            self.set(setting)

    def set(self, setting: PresenceSetting) -> None:
        with self.user.database.transaction() as connection:
            sessions.change(connection, Reach(self.user.id), self.session_id, {"presence": setting})

    @property
    def chat(self) -> Chat:
        with self.user.database.transaction() as connection:
            return chats.find(connection, self.session_id, Address(phone_number=self.tina))

    def watch(self) -> dict[str, Any]:
        return perform(self.user, self.session_id, WatchPresence(str(self.chat.id), 5))

    def known(self) -> Presence | None:
        with self.user.database.transaction() as connection:
            return presences.find(connection, self.chat.id)

    def told_of(self, kind: str, *wanted: object) -> None:
        """Wait until events of a kind say this, in this order, one after the other."""
        name = "online" if kind == "contact.presence" else "state"

        def read() -> list[object]:
            return [event.data[name] for event in self.user.events(self.session_id, kind)]

        wait_for(read, lambda found: found == list(wanted))


@pytest.fixture
def on_request(guest: User, phone: MakePhone) -> Watcher:
    return Watcher(guest, phone, PresenceSetting.ON_REQUEST)


def is_available(whatsapp: WhatsAppControl, number: str) -> bool:
    return any(device["available"] for device in whatsapp.phone(number)["devices"])


def test_somebody_is_watched_for_a_while(on_request: Watcher, whatsapp: WhatsAppControl) -> None:
    on_request.watch()
    on_request.told_of("contact.presence", False)
    whatsapp.set_presence(on_request.tina, available=True)
    on_request.told_of("contact.presence", False, True)
    whatsapp.set_presence(on_request.tina, available=False)
    on_request.told_of("contact.presence", False, True, False)
    known = on_request.known()
    assert known is not None
    assert (known.online, known.last_seen_at is not None, known.changed_at is not None) == (False, True, True)
    last = on_request.user.events(on_request.session_id, "contact.presence")[-1].data
    assert last["chatId"] == str(on_request.chat.id)
    assert last["lastSeenAt"]


def test_who_types_is_told_while_the_session_is_available(on_request: Watcher, whatsapp: WhatsAppControl) -> None:
    on_request.watch()
    wanted: list[object] = []
    for state in ("composing", "recording", "paused"):
        whatsapp.type(on_request.tina, on_request.number, state)
        wanted.append({"composing": "typing"}.get(state, state))
        on_request.told_of("chat.presence", *wanted)
    told = on_request.user.events(on_request.session_id, "chat.presence")[0].data
    lid = whatsapp.phone(on_request.tina)["lid"]
    assert told == {"chatId": str(on_request.chat.id), "participant": lid, "state": "typing"}


def test_a_session_is_available_no_longer_than_it_is_to_be(
    on_request: Watcher, whatsapp: WhatsAppControl, shared_gateway: Gateway
) -> None:
    on_request.watch()
    assert is_available(whatsapp, on_request.number)
    with psycopg.connect(shared_gateway.database.admin) as connection:
        connection.execute(
            "UPDATE gateway.presences SET watched_until = now() WHERE session_id = %s", [on_request.session_id]
        )
    whatsapp.fault(drop={"number": on_request.number})
    wait_for(lambda: is_available(whatsapp, on_request.number), lambda available: not available)


def test_a_watch_is_ended_before_its_time(on_request: Watcher, whatsapp: WhatsAppControl) -> None:
    on_request.watch()
    on_request.told_of("contact.presence", False)
    assert is_available(whatsapp, on_request.number)
    perform(on_request.user, on_request.session_id, UnwatchPresence(str(on_request.chat.id)))
    wait_for(lambda: is_available(whatsapp, on_request.number), lambda available: not available)
    on_request.watch()
    assert is_available(whatsapp, on_request.number)


def test_who_is_watched_no_longer_is_not_told_of(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office = Watcher(guest, phone, PresenceSetting.AVAILABLE)
    office.watch()
    office.told_of("contact.presence", False)
    perform(office.user, office.session_id, UnwatchPresence(str(office.chat.id)))
    whatsapp.set_presence(office.tina, available=True)
    whatsapp.type(office.tina, office.number, "composing")
    # Told after it.
    office.told_of("chat.presence", "typing")
    office.told_of("contact.presence", False)
    office.watch()
    office.told_of("contact.presence", False, True)


def test_an_available_session_hears_of_typing_in_groups(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office = Watcher(guest, phone, PresenceSetting.AVAILABLE)
    made = office.make()
    whatsapp.type(office.tina, office.jid(made), "composing")
    (told,) = wait_for(lambda: office.user.events(office.session_id, "chat.presence"), lambda found: len(found) == 1)
    assert (told.data["chatId"], told.data["participant"]) == (made["chatId"], whatsapp.phone(office.tina)["lid"])


def test_a_session_that_does_not_want_it_hears_nothing(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office = Watcher(guest, phone, PresenceSetting.OFF)
    waiting = ask(office.user, office.session_id, WatchPresence(str(office.chat.id), 5))
    whatsapp.type(office.tina, office.number, "composing")
    whatsapp.send(office.tina, office.number, "after")
    guest.wait_for_texts(office.session_id, "after")
    assert office.user.events(office.session_id, "chat.presence") == []
    assert not is_available(whatsapp, office.number)
    office.set(PresenceSetting.ON_REQUEST)
    assert ended(office.user, office.session_id, waiting).status == "done"


def test_typing_that_the_library_does_not_know_ends_one_connection_only(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office = Watcher(guest, phone, PresenceSetting.AVAILABLE)
    wait_for(lambda: is_available(whatsapp, office.number), lambda available: available)
    before = whatsapp.statistics()["loginsByNumber"][office.number]
    unknown = {"number": office.number, "by": office.tina, "state": "dreaming"}
    whatsapp.fault(typing=unknown)
    wait_for(lambda: whatsapp.statistics()["loginsByNumber"][office.number], lambda logins: logins > before)
    guest.wait_for_state(office.session_id, "connected")
    whatsapp.fault(typing=unknown)
    whatsapp.send(office.tina, office.number, "after")
    guest.wait_for_texts(office.session_id, "after")
    assert whatsapp.statistics()["loginsByNumber"][office.number] == before + 1


def test_recording_is_shown(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office = Watcher(guest, phone, PresenceSetting.OFF)
    chat = office.chat
    for state in TypingState:
        with guest.database.transaction() as connection:
            session = sessions.lock(connection, Reach(guest.id), office.session_id)
            payload = typing_payload(chat.id, state)
            commands.enqueue(connection, session, CommandKind.TYPING, payload, expires_seconds=60)
    shown = wait_for(lambda: whatsapp.typing(office.tina), lambda found: len(found) == 3)
    assert [each["state"] for each in shown] == ["composing", "recording", "paused"]


def test_each_of_a_group_has_receipts_of_its_own(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office = Office(guest, phone)
    tina, tom = office.tenants
    made = office.make()
    sent = guest.send_content(office.session_id, office.jid(made), Text("The plumber comes."))
    message = guest.wait_for_status(office.session_id, sent, "delivered", "read")
    whatsapp.read(tina, str(message.message_id))

    def read() -> dict[str | None, tuple[bool, bool]]:
        with guest.database.transaction() as connection:
            found = receipts.of_message(connection, guest.message(office.session_id, sent))
        return {each.phone_number: (each.delivered_at is not None, each.read_at is not None) for each in found}

    assert wait_for(read, lambda found: found.get(tina, (False, False))[1] and tom in found)[tom] == (True, False)
    assert list(read()) == [tina, tom]
