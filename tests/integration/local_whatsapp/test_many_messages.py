"""Many messages at once, in their order."""

from __future__ import annotations

import threading

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.local_whatsapp.conftest import Linked, NewNumber


def test_what_five_write_at_once_reaches_one_client(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contacts, since = [new_number() for _ in range(5)], linked.process.mark()
    for position in range(150):
        control.send(contacts[position % 5], linked.number, f"fast {position}")
    linked.process.wait("Message", linked.name, text="fast 149")
    assert linked.process.texts(linked.name, since) == [f"fast {position}" for position in range(150)]


def test_many_go_both_ways_at_once(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact = new_number()
    call = linked.process.command(linked.name, "burst", to=contact, count=60)
    writer = threading.Thread(target=lambda: [control.send(contact, linked.number, f"both {n}") for n in range(60)])
    writer.start()
    writer.join()
    linked.process.wait("Message", linked.name, text="both 59")
    linked.process.wait("result", linked.name, call=call)
    control.wait_for_text(contact, "burst 59")
