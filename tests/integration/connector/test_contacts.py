"""Contacts from rows through the real library to WhatsApp and back: address book, pictures, block list, numbers."""

from __future__ import annotations

import base64
import io

import psycopg
import pytest
from PIL import Image

from connector.whatsapp import devices
from gateway.domain.contacts import PictureState
from gateway.domain.operations import ChangeBlock, CheckNumbers, LeaveGroup, ReadContacts, ReadGroup, ReadPicture
from gateway.domain.phone import parse_recipient, phone_jid
from gateway.store import chats, contact_pages, media, numbers
from gateway.store.chats import Chat
from gateway.store.contact_pages import ShownContact
from gateway.store.group_pages import ShownGroup
from gateway.store.media import MediaObject
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.office import Office, group, perform, refusal
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway


def jpeg(color: str) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), color).save(buffer, "JPEG")
    return base64.b64encode(buffer.getvalue()).decode()


class Contacts(Office):
    """And what users see of people, and what the library has of them."""

    def __init__(self, guest: User, phone: MakePhone, gateway: Gateway) -> None:
        super().__init__(guest, phone)
        self._gateway = gateway

    def hear_from(self, number: str) -> ShownContact:
        self.user.whatsapp.send(number, self.number, text="hello")
        wait_for(lambda: self.find(number), lambda chat: chat is not None)
        return self.contact(number)

    def find(self, number: str) -> Chat | None:
        with self.user.database.transaction() as connection:
            return chats.ask(connection, self.session_id, parse_recipient(number)).fetchone()

    def contact(self, number: str) -> ShownContact:
        found = self.find(number)
        assert found
        with self.user.database.transaction() as connection:
            return contact_pages.get(connection, self.session_id, found.id)

    def read_picture(self, contact: ShownContact) -> ShownContact:
        perform(self.user, self.session_id, ReadPicture(contact.jid))
        with self.user.database.transaction() as connection:
            return contact_pages.get(connection, self.session_id, contact.id)

    def file(self, contact: ShownContact) -> MediaObject:
        assert contact.picture_file
        with self.user.database.transaction() as connection:
            return media.get(connection, self.session_id, contact.picture_file)

    def blocked(self) -> list[str | None]:
        perform(self.user, self.session_id, ReadContacts())
        with self.user.database.transaction() as connection:
            return [contact.lid for contact in contact_pages.blocked(connection, self.session_id)]

    def save(self, number: str, name: str) -> None:
        """Put somebody into the phone's address book, and wait until the library has it, which tells of no change."""
        saved = self.user.whatsapp.profile(self.number)["contacts"]
        self.user.whatsapp.change_profile(self.number, contacts={**saved, number: name})
        wait_for(self._library_names, lambda names: names.get(number) == name)

    def _library_names(self) -> dict[str | None, str]:
        """Return the names by number that the library has of the phone's address book."""
        device_jid = self.user.session(self.session_id).device_jid
        assert device_jid
        with psycopg.connect(self._gateway.database.whatsmeow) as connection:
            book = devices.address_book(connection, device_jid)
        return {contact.phone_number: contact.saved_name for contact in book}


@pytest.fixture
def office(guest: User, phone: MakePhone, shared_gateway: Gateway) -> Contacts:
    return Contacts(guest, phone, shared_gateway)


def test_the_address_book_is_read_and_names_who_has_written(office: Contacts, phone: MakePhone) -> None:
    tina, silent = office.tenants[0], phone("Silent")
    assert office.hear_from(tina).name == "Tina"
    office.save(tina, "Tina of flat 3")
    office.save(silent, "Silent Bob")
    assert perform(office.user, office.session_id, ReadContacts()) == {"blocked": 0}
    shown = office.contact(tina)
    assert (shown.name, shown.saved_name, shown.push_name) == ("Tina of flat 3", "Tina of flat 3", "Tina")
    new = office.contact(silent)
    assert (new.name, new.last_message_at) == ("Silent Bob", None)
    assert [chat.id for chat in office.user.chats(office.session_id)] == [shown.id]
    told = wait_for(lambda: office.user.events(office.session_id, "contact.updated"), lambda found: len(found) == 2)
    assert {event.data["name"] for event in told} == {"Tina of flat 3", "Silent Bob"}
    # Who is in the address book and writes is one contact.
    assert office.hear_from(silent).id == new.id
    perform(office.user, office.session_id, ReadContacts())
    assert len(office.user.events(office.session_id, "contact.updated")) == 2


def test_the_address_book_is_read_by_itself_after_linking(office: Contacts) -> None:
    office.save(office.tenants[1], "Tom the tenant")
    found = wait_for(lambda: office.find(office.tenants[1]), lambda chat: chat is not None)
    assert found and found.name == "Tom the tenant"


def test_a_picture_is_found_kept_and_found_again_when_it_changes(office: Contacts, whatsapp: WhatsAppControl) -> None:
    tina = office.tenants[0]
    contact = office.read_picture(office.hear_from(tina))
    assert (contact.picture_state, contact.picture_file) == (PictureState.NOT_SET, None)
    whatsapp.change_profile(tina, picture=jpeg("red"))
    contact = office.read_picture(contact)
    assert (contact.picture_state, contact.picture_id) == ("set", whatsapp.profile(tina)["pictureId"])
    file = office.file(contact)
    assert (file.origin, file.state, file.kind) == ("picture", "pending", "image")
    assert file.source and file.source["url"].startswith("https://")
    assert office.read_picture(contact).picture_file == contact.picture_file
    whatsapp.change_profile(tina, picture=jpeg("blue"))
    # The event of it, or else the next day.
    newer = office.read_picture(contact)
    assert newer.picture_file != contact.picture_file and newer.picture_id == whatsapp.profile(tina)["pictureId"]
    assert office.file(contact).state == "erased"
    whatsapp.change_profile(tina, privacy={"profile": "none"})
    hidden = office.read_picture(contact)
    assert (hidden.picture_state, hidden.picture_file) == (PictureState.HIDDEN, None)
    assert office.file(newer).state == "erased"


def test_a_picture_that_changes_is_asked_for_again(office: Contacts, whatsapp: WhatsAppControl) -> None:
    tina = office.tenants[0]
    office.user.send(office.session_id, tina, "hello")
    wait_for(lambda: office.find(tina), lambda chat: chat is not None and chat.lid is not None)
    assert office.read_picture(office.contact(tina)).picture_state == PictureState.NOT_SET
    whatsapp.change_profile(tina, picture=jpeg("green"))
    changed = whatsapp.profile(tina)["pictureId"]
    shown = wait_for(lambda: office.contact(tina), lambda contact: contact.picture_id == changed)
    assert shown.picture_is_fresh and shown.picture_file


def test_a_picture_that_whatsapp_refuses_is_not_asked_for_again(office: Contacts) -> None:
    made = office.make()
    perform(office.user, office.session_id, LeaveGroup(office.jid(made)))
    # To who is in no group its picture is 403 or 404, and no reason to try again.
    assert perform(office.user, office.session_id, ReadPicture(office.jid(made))) == {"chatId": made["chatId"]}
    shown = group(office.user, office.session_id, made["chatId"])
    assert shown.picture_is_fresh and shown.picture_file is None


def test_a_groups_picture_is_found_and_found_again_when_it_changes(office: Contacts, whatsapp: WhatsAppControl) -> None:
    made = office.make()
    chat_id, jid = made["chatId"], office.jid(made)

    def shown() -> ShownGroup:
        return group(office.user, office.session_id, chat_id)

    whatsapp.change_group(jid, office.tenants[0], picture=jpeg("red"))
    office.told("group.changed", chat_id)
    # Nobody has looked at it.
    assert (shown().picture_state, shown().picture_is_fresh) == (None, False)
    perform(office.user, office.session_id, ReadPicture(jid))
    first = shown()
    assert first.picture_state == PictureState.SET and first.picture_file
    perform(office.user, office.session_id, ReadPicture(jid))
    assert shown().picture_file == first.picture_file
    whatsapp.change_group(jid, office.tenants[0], picture=jpeg("blue"))
    second = wait_for(shown, lambda group: group.picture_file != first.picture_file)
    assert second.picture_is_fresh
    whatsapp.change_group(jid, office.tenants[0], picture="")
    wait_for(shown, lambda group: group.picture_state == PictureState.NOT_SET)


def test_a_community_shows_its_picture(office: Contacts, whatsapp: WhatsAppControl) -> None:
    jid = whatsapp.create_group(office.number, "Quarter", community=True)
    asked = perform(office.user, office.session_id, ReadGroup(jid))
    whatsapp.change_group(jid, office.number, picture=jpeg("red"))
    perform(office.user, office.session_id, ReadPicture(jid))
    assert group(office.user, office.session_id, asked["chatId"]).picture_state == PictureState.SET


def test_the_block_list_is_known_after_linking_and_when_a_phone_changes_it(
    office: Contacts, whatsapp: WhatsAppControl
) -> None:
    def wait_for_blocked(*wanted: str) -> None:
        def read() -> set[str | None]:
            with office.user.database.transaction() as connection:
                return {contact.lid for contact in contact_pages.blocked(connection, office.session_id)}

        wait_for(read, lambda found: found == set(wanted))

    tina, tom = (whatsapp.phone(number)["lid"] for number in office.tenants)
    for number, block, wanted in (
        (office.tenants[0], True, [tina]),
        (office.tenants[1], True, [tina, tom]),
        (office.tenants[0], False, [tom]),
    ):
        whatsapp.block(office.number, number, blocked=block)
        wait_for_blocked(*wanted)


def test_people_are_blocked_and_unblocked_here_and_on_the_phone(
    office: Contacts, whatsapp: WhatsAppControl, phone: MakePhone
) -> None:
    tina, stranger = office.hear_from(office.tenants[0]), phone("Stranger")
    perform(office.user, office.session_id, ChangeBlock(tina.jid, blocked=True))
    perform(office.user, office.session_id, ChangeBlock(phone_jid(stranger), blocked=True))
    assert set(whatsapp.profile(office.number)["blocked"]) == {office.tenants[0], stranger}
    assert (office.contact(office.tenants[0]).blocked, office.contact(stranger).blocked) == (True, True)
    perform(office.user, office.session_id, ChangeBlock(tina.jid, blocked=False))
    assert not office.contact(office.tenants[0]).blocked
    whatsapp.block(office.number, office.tenants[1])
    whatsapp.block(office.number, stranger, blocked=False)
    assert office.blocked() == [whatsapp.phone(office.tenants[1])["lid"]]
    nobody = ChangeBlock(phone_jid("+4917099999998"), blocked=True)
    assert refusal(office.user, office.session_id, nobody) == "no_such_person"


def test_numbers_are_looked_up_together(office: Contacts, whatsapp: WhatsAppControl, phone: MakePhone) -> None:
    found, nobody = phone("Found"), "+4917099999997"
    assert perform(office.user, office.session_id, CheckNumbers((found, nobody))) == {"checked": 2}
    with office.user.database.transaction() as connection:
        known = numbers.known(connection, [found, nobody, "+4917099999996"])
    assert {number: answer.registered for number, answer in known.items()} == {found: True, nobody: False}
    assert known[found].lid == whatsapp.phone(found)["lid"]
