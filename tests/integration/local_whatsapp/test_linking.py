from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.local.whatsapp.client import ControlRefused, WhatsAppControl
from tests.integration.local.waiting import until
from tests.integration.local_whatsapp.conftest import NewNumber
from tests.integration.local_whatsapp.harness import NeonizeProcess, ServerProcess, link


def test_scanning_the_qr_code_links_a_client(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    link(own_process, control, "client", number)
    assert control.phone(number)["devices"][0].items() >= {"device": 1, "connected": True}.items()
    status = own_process.wait("PairStatus", "client")
    assert status["jid"] == f"{number[1:]}:1@s.whatsapp.net"


def test_a_linked_client_gets_the_shared_settings(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    link(own_process, control, "client", number)
    own_process.wait("OfflineSyncCompleted", "client")
    # The phone hands its keys over in a message, which may come after this.
    until(lambda: own_process.call("client", "set_name", text="Front desk")["event"] == "result")
    assert own_process.call("client", "available")["event"] == "result"
    contact = new_number()
    own_process.call("client", "send", to=contact, text="who am I")
    assert control.wait_for_text(contact, "who am I")["from"] == number


@pytest.mark.parametrize(("few_prekeys", "prekeys"), [(True, 50), (False, 812)])
def test_a_client_makes_as_many_prekeys_as_it_is_told(
    tmp_path: Path, client_folder: Path, few_prekeys: bool, prekeys: int
) -> None:
    own_server, number = ServerProcess(tmp_path, few_prekeys=few_prekeys), "+491700000001"
    with own_server.start() as control:
        control.create_phone(number)
        process = NeonizeProcess(own_server, client_folder)
        try:
            link(process, control, "client", number)
            assert [device["prekeys"] for device in control.phone(number)["devices"]] == [prekeys]
        finally:
            process.kill()
            own_server.stop()


def test_a_code_typed_into_the_phone_links_a_client(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    own_process.connect("client")
    own_process.wait("qr", "client")
    code = own_process.call("client", "pair_code", number=number.removeprefix("+"))["code"]
    control.enter_code(number, code)
    own_process.wait("Connected", "client")
    assert control.phone(number)["devices"][0].items() >= {"device": 1, "connected": True}.items()


def test_a_wrong_code_links_nothing_and_the_right_one_still_does(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    own_process.connect("client")
    own_process.wait("qr", "client")
    code = own_process.call("client", "pair_code", number=number.removeprefix("+"))["code"]
    with pytest.raises(ControlRefused, match="not the one") as refused:
        control.enter_code(number, "AAAA-AAAA")
    assert refused.value.status == 409
    assert control.phone(number)["devices"] == []
    control.enter_code(number, code)
    own_process.wait("Connected", "client")


@pytest.mark.parametrize(
    ("fault", "reason"), [("wrongHmac", "hmac-mismatch"), ("wrongSignature", "signature-mismatch")]
)
def test_a_client_refuses_what_is_signed_wrongly(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber, fault: str, reason: str
) -> None:
    number = new_number()
    own_process.connect("client")
    qr = own_process.wait("qr", "client")["qr"]
    control.fault(pairing=fault)
    with pytest.raises(ControlRefused, match=reason) as refused:
        control.scan(number, qr)
    assert refused.value.status == 409
    assert control.phone(number)["devices"] == []


def test_an_expired_qr_code_is_refused_and_a_used_one_too(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    own_process.connect("client")
    qr = own_process.wait("qr", "client")["qr"]
    control.fault(pairing="expiredRef")
    for _ in range(2):
        with pytest.raises(ControlRefused, match="expired") as refused:
            control.scan(number, qr)
        assert refused.value.status == 410


def test_a_server_that_does_not_hold_the_root_key_is_refused(
    server: ServerProcess, control: WhatsAppControl, tmp_path: Path
) -> None:
    process = NeonizeProcess(server, tmp_path, WHATSAPP_ROOT_KEY=os.urandom(32).hex())
    try:
        process.connect("client")
        assert "cert" in process.wait("failure", "client")["error"]
        assert process.events("client")[-1]["event"] == "failure"
    finally:
        process.kill()


def test_unlinking_on_the_phone_logs_the_client_out(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    link(own_process, control, "client", number)
    control.unlink(number)
    own_process.wait("LoggedOut", "client")
    assert control.phone(number)["devices"] == []
    link(own_process, control, "again", number)
    assert control.phone(number)["devices"][0].items() >= {"device": 2, "connected": True}.items()


def test_a_client_that_logs_out_is_no_longer_linked(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    link(own_process, control, "client", number)
    assert own_process.call("client", "act", action="logout")["event"] == "result"
    assert control.phone(number)["devices"] == []


@pytest.mark.slow
def test_a_single_ref_expires_after_twenty_seconds(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    control.fault(qrRefs=1)
    own_process.connect("client")
    qr = own_process.wait("qr", "client")["qr"]
    with pytest.raises(TimeoutError):
        own_process.wait("qr", "client", since=own_process.mark(), timeout=26)
    with pytest.raises(ControlRefused) as refused:
        control.scan(number, qr)
    assert refused.value.status == 410
