"""The address book of phones, which their clients get as app state: encrypted patches that the client verifies."""

from __future__ import annotations

from contextlib import closing

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.local_whatsapp.conftest import NewNumber
from tests.integration.local_whatsapp.harness import NeonizeProcess, link, wait_for_name


def test_a_client_gets_the_address_book_when_it_is_linked(
    control: WhatsAppControl, process: NeonizeProcess, new_number: NewNumber
) -> None:
    number, tenant, plumber = new_number(), new_number(), new_number()
    control.change_profile(number, contacts={tenant: "Tina of flat 3"})
    control.change_profile(number, contacts={tenant: "Tina of flat 4", plumber: "Plumber"})
    link(process, control, "fresh", number)
    wait_for_name(process, "fresh", plumber, "Plumber")
    assert process.call("fresh", "saved_name", of=tenant)["name"] == "Tina of flat 4"


def test_every_client_is_told_what_changes(
    control: WhatsAppControl, process: NeonizeProcess, new_number: NewNumber
) -> None:
    number, tenant, plumber = new_number(), new_number(), new_number()
    for client in ("desk", "kitchen"):
        link(process, control, client, number)
    control.change_profile(number, contacts={tenant: "Tina", plumber: "Plumber"})
    for client in ("desk", "kitchen"):
        wait_for_name(process, client, plumber, "Plumber")
    control.change_profile(number, contacts={tenant: "Tina"})
    control.change_profile(number, contacts={tenant: "Tina of flat 3"})
    # The client takes this one only where its sum after the removal is the phone's.
    for client in ("desk", "kitchen"):
        wait_for_name(process, client, tenant, "Tina of flat 3")
        # whatsmeow removes nobody.
        assert process.call(client, "saved_name", of=plumber)["name"] == "Plumber"
    # Who is linked now has never seen who was removed.
    link(process, control, "late", number)
    wait_for_name(process, "late", tenant, "Tina of flat 3")
    assert process.call("late", "saved_name", of=plumber)["name"] == ""


def test_a_client_that_was_away_gets_the_changes(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number, tenant = new_number(), new_number()
    control.change_profile(number, contacts={tenant: "Tina"})
    link(own_process, control, "away", number)
    wait_for_name(own_process, "away", tenant, "Tina")
    own_process.kill()
    control.change_profile(number, contacts={tenant: "Tina of flat 3"})
    with closing(own_process.again()) as back:
        back.connect("away")
        back.wait("Connected", "away")
        wait_for_name(back, "away", tenant, "Tina of flat 3")
