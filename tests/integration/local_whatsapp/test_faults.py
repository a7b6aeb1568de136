"""Each injected fault has the effect on the real client that WhatsApp's would have."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.local_whatsapp.conftest import Linked, NewNumber
from tests.integration.local_whatsapp.harness import NeonizeProcess, link


def test_a_dropped_client_comes_back_by_itself(control: WhatsAppControl, linked: Linked) -> None:
    since, logins = linked.process.mark(), control.statistics()["logins"]
    control.fault(drop={"number": linked.number})
    linked.process.wait("Disconnected", linked.name, since=since)
    linked.process.wait("Connected", linked.name, since=since)
    figures = control.statistics()
    assert (figures["logins"], figures["conflicts"]) == (logins + 1, 0)


def test_refused_connections_are_tried_again(control: WhatsAppControl, linked: Linked) -> None:
    since = linked.process.mark()
    control.fault(refuseSeconds=1.5, drop=True)
    refused_at = time.monotonic()
    linked.process.wait("Connected", linked.name, since=since)
    assert time.monotonic() - refused_at >= 1.5


@pytest.mark.parametrize("code", ["503", "500"])
def test_a_stream_error_ends_in_a_new_connection(control: WhatsAppControl, linked: Linked, code: str) -> None:
    since = linked.process.mark()
    control.fault(streamError={"number": linked.number, "code": code})
    linked.process.wait("Connected", linked.name, since=since)


def test_a_replaced_client_stays_away(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    link(own_process, control, "client", number)
    since = own_process.mark()
    control.fault(streamError={"number": number, "conflict": "replaced"})
    own_process.wait("StreamReplaced", "client", since=since)
    assert control.phone(number)["devices"][0]["connected"] is False


def test_a_second_socket_of_a_device_replaces_the_first_and_is_counted(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    link(own_process, control, "client", number)
    conflicts = control.statistics()["conflicts"]
    with closing(own_process.again()) as second:
        second.connect("client")
        second.wait("Connected", "client")
        own_process.wait("StreamReplaced", "client")
        figures = control.statistics()
    assert figures["conflicts"] == conflicts + 1
    assert (figures["conflictList"][-1]["number"], figures["conflictList"][-1]["device"]) == (number, 1)


@pytest.mark.parametrize(
    ("failure", "event", "fields"),
    [
        ({"reason": "402", "code": 104, "expire": 3600}, "TemporaryBan", {"code": 4, "expire": 3600}),
        ({"reason": "405"}, "ClientOutdated", {}),
        ({"reason": "403"}, "LoggedOut", {"reason": 4}),
    ],
)
def test_a_refused_login_says_why(
    control: WhatsAppControl,
    own_process: NeonizeProcess,
    new_number: NewNumber,
    failure: dict[str, object],
    event: str,
    fields: dict[str, object],
) -> None:
    number = new_number()
    link(own_process, control, "client", number)
    control.fault(loginFailure={"number": number, **failure}, drop={"number": number})
    seen = own_process.wait(event, "client")
    assert seen == seen | fields


def test_a_receipt_of_a_type_unknown_to_neonize_ends_its_client_until_a_new_process(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    """connect() raises, but Go stays logged in: what comes then is confirmed, and no event tells of it."""
    number, contact = new_number(), new_number()
    control.change_phone(number, autoReceipts=False)
    link(own_process, control, "client", number)
    control.fault(receipt={"number": number, "type": "server-error"})
    assert "Receipt.Type" in own_process.wait("failure", "client", verb="connect")["error"]
    lost = control.send(contact, number, "to nobody")
    control.wait_for_status(contact, lost, "delivered")
    own_process.kill()
    with closing(own_process.again()) as revived:
        revived.connect("client")
        control.send(contact, number, "to the next")
        revived.wait("Message", "client", text="to the next")
        assert revived.texts("client") == ["to the next"]


def test_a_client_unlinked_while_away_is_told_at_login(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    link(own_process, control, "client", number)
    control.fault(refuseSeconds=1, drop={"number": number})
    control.unlink(number)
    assert own_process.wait("LoggedOut", "client")["onConnect"] is True


def test_a_message_pushed_twice_is_seen_once(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact, since = new_number(), linked.process.mark()
    control.fault(duplicate=1)
    control.send(contact, linked.number, "twice")
    control.send(contact, linked.number, "after")
    linked.process.wait("Message", linked.name, text="after")
    assert linked.process.texts(linked.name, since) == ["twice", "after"]


def test_a_message_that_is_late_comes_behind_the_next(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact, since = new_number(), linked.process.mark()
    control.fault(late={"count": 1, "number": linked.number})
    control.send(contact, linked.number, "late")
    control.send(contact, linked.number, "in time")
    linked.process.wait("Message", linked.name, text="late")
    assert linked.process.texts(linked.name, since) == ["in time", "late"]


def test_a_message_whose_receipt_was_lost_is_sent_again_and_seen_once(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact, since = new_number(), linked.process.mark()
    control.fault(loseReceipts={"count": 1, "number": linked.number})
    control.send(contact, linked.number, "receipt lost")
    linked.process.wait("Message", linked.name, text="receipt lost")
    control.fault(drop={"number": linked.number})
    synced = linked.process.wait("OfflineSyncCompleted", linked.name, since=since)
    assert synced["count"] == 1
    control.send(contact, linked.number, "after it")
    linked.process.wait("Message", linked.name, text="after it")
    assert linked.process.texts(linked.name, since) == ["receipt lost", "after it"]


def test_a_corrupted_message_is_asked_for_again(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    control.fault(corrupt={"count": 1, "number": linked.number})
    sent = control.send(contact, linked.number, "garbled once")
    linked.process.wait("UndecryptableMessage", linked.name, id=sent)
    linked.process.wait("Message", linked.name, id=sent, text="garbled once")


def test_a_phone_asks_again_for_what_it_cannot_read(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    linked.process.call(linked.name, "send", to=contact, text="before")
    control.wait_for_text(contact, "before")
    control.fault(corrupt={"count": 1, "number": contact, "device": 0})
    linked.process.call(linked.name, "send", to=contact, text="unreadable")
    control.wait_for_text(contact, "unreadable")
    assert control.statistics()["undecryptable"][contact] == 1


def test_a_message_without_its_ack_is_sent_again_with_the_same_id(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    control.fault(withholdAcks={"count": 1, "number": linked.number})
    call = linked.process.command(linked.name, "send", to=contact, text="ack lost")
    control.wait_for_text(contact, "ack lost")
    control.fault(drop={"number": linked.number})
    sent = linked.process.wait("result", linked.name, call=call)["id"]
    received = next(e["ids"] for e in control.statistics()["messagesReceived"] if e["number"] == linked.number)
    assert received.count(sent) == 2
    assert [m["text"] for m in control.messages(contact)] == ["ack lost"]


def test_a_silenced_client_is_neither_heard_nor_answered_until_the_faults_end(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    control.fault(silent={"number": linked.number})
    linked.process.command(linked.name, "send", to=contact, text="into the void")
    control.send(contact, linked.number, "held back")
    with pytest.raises(TimeoutError):
        control.wait_for_text(contact, "into the void", timeout=1)
    assert "held back" not in linked.process.texts(linked.name)
    control.clear_faults()
    control.wait_for_text(contact, "into the void")
    linked.process.wait("Message", linked.name, text="held back")


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_a_client_notices_that_the_server_is_silent(control: WhatsAppControl, linked: Linked) -> None:
    since = linked.process.mark()
    control.fault(silent=True)
    linked.process.wait("KeepAliveTimeout", linked.name, since=since, timeout=50)


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_a_send_fails_after_75_seconds_without_an_ack(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    control.fault(withholdAcks={"count": 1, "number": linked.number})
    assert linked.process.call(linked.name, "send", timeout=90, to=contact, text="no ack")["event"] == "failure"
    control.wait_for_text(contact, "no ack")


@pytest.mark.parametrize("code", ["463", "479", "429"])
def test_a_refused_message_reaches_nobody(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber, code: str
) -> None:
    contact = new_number()
    control.fault(ackErrors={"code": code, "count": 1, "number": linked.number})
    refused = linked.process.call(linked.name, "send", to=contact, text="refused")
    assert refused["event"] == "failure"
    assert code in refused["error"]
    linked.process.call(linked.name, "send", to=contact, text="accepted")
    control.wait_for_text(contact, "accepted")
    assert [message["text"] for message in control.messages(contact)] == ["accepted"]
