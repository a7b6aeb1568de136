from __future__ import annotations

import base64
import io
from datetime import UTC, datetime, timedelta

import zxingcpp
from PIL import Image

from gateway.domain.sessions import Reason, SessionState
from tests.integration.api.server import Api, Owner

# As long as WhatsApp's codes get: a reference, three keys and a flag.
QR_TEXT = "2@" + "Ab9+/xYz" * 22 + "," + ",".join(["k" * 43 + "="] * 3) + ",1"


def decoded(data_url: str) -> str:
    prefix, _, encoded = data_url.partition(",")
    assert prefix == "data:image/png;base64"
    (code,) = zxingcpp.read_barcodes(
        Image.open(io.BytesIO(base64.b64decode(encoded))), formats=zxingcpp.BarcodeFormat.QRCode
    )
    return str(code.text)


def test_a_qr_reader_reads_the_code_that_the_owner_was_given(api: Api) -> None:
    owner = api.owned_session()
    owner.show_qr(QR_TEXT)
    status = api.get(f"{owner.path}/status").json()
    assert status.keys() == {"status", "qrCode", "qrText", "qrExpiresAt"}
    assert status["status"] == "qr_pending"
    assert decoded(status["qrCode"]) == QR_TEXT
    assert datetime.fromisoformat(status["qrExpiresAt"]) > datetime.now(UTC)


def test_an_expired_code_is_not_shown(api: Api) -> None:
    owner = api.owned_session()
    owner.show_qr(QR_TEXT, seconds=-1)
    assert api.get(f"{owner.path}/status").json() == {"status": "qr_pending"}


def test_a_code_whose_owner_is_gone_is_not_shown(api: Api) -> None:
    owner = api.owned_session()
    owner.show_qr(QR_TEXT)
    with api.parts.connector.transaction() as connection:
        connection.execute("UPDATE gateway.shard_leases SET owner = NULL WHERE shard = %s", [owner.shard])
    assert api.get(f"{owner.path}/status").json() == {"status": "qr_pending"}


def test_a_pairing_code_is_shown_instead_of_a_qr_code(api: Api) -> None:
    session_id = api.new_session()
    assert api.post(f"/sessions/{session_id}/connect", {"phoneNumber": "0049 151 12345678"}).status_code == 202
    owner = api.owner(session_id)
    with owner.fenced() as fence:
        assert fence.session.pairing_phone == "+4915112345678"
        fence.move(SessionState.QR_PENDING)
        fence.show_pairing_code("ABCD-EFGH", datetime.now(UTC) + timedelta(seconds=160), b"key")
    shown = api.get(f"{owner.path}/status").json()
    left = datetime.fromisoformat(shown.pop("pairingCodeExpiresAt")) - datetime.now(UTC)
    assert shown == {"status": "qr_pending", "pairingCode": "ABCD-EFGH"}
    assert timedelta(seconds=100) < left <= timedelta(seconds=160)


def test_a_connected_session_shows_its_number(api: Api, owner: Owner) -> None:
    assert api.get(f"{owner.path}/status").json() == {"status": "connected", "phoneNumber": "+4915112345678"}


def test_a_ban_says_when_to_try_again(api: Api, owner: Owner) -> None:
    ends = (datetime.now(UTC) + timedelta(hours=3)).replace(microsecond=0)
    with owner.fenced() as fence:
        fence.move(SessionState.DISCONNECTED, Reason.TEMPORARY_BAN, expires_at=ends)
        fence.give_up_connection()
    status = api.get(f"{owner.path}/status").json()
    assert (status["status"], status["reason"]) == ("disconnected", "temporary_ban")
    assert datetime.fromisoformat(status["retryAt"]) == ends
    assert "banned" in status["reasonDetail"]


def test_who_waits_for_a_code_is_told_the_place(api: Api) -> None:
    session_id = api.new_session()
    api.post(f"/sessions/{session_id}/connect")
    owner = api.owner(session_id)
    with owner.fenced() as fence:
        fence.move(SessionState.CONNECTING, Reason.WAITING_TO_LINK)
        fence.show_link_position(3)
    status = api.get(f"{owner.path}/status").json()
    assert (status["status"], status["reason"], status["queuePosition"]) == ("connecting", "waiting_to_link", 3)
    assert status["reasonDetail"].endswith("Place in the queue: 3.")
    owner.show_qr(QR_TEXT)
    assert "queuePosition" not in api.get(f"{owner.path}/status").json()


def test_reading_the_status_of_a_code_leaves_a_trace_at_most_every_30_seconds(api: Api, owner: Owner) -> None:
    def read_at(path_of: Owner) -> datetime | None:
        api.get(f"{path_of.path}/status")
        with path_of.fenced() as fence:
            return fence.session.status_read_at

    linking = api.owned_session()
    linking.show_qr(QR_TEXT)
    first = read_at(linking)
    assert first is not None
    assert read_at(linking) == first
    with linking.fenced() as fence:
        fence.connection.execute(
            "UPDATE gateway.whatsapp_sessions SET status_read_at = now() - interval '31 s' WHERE id = %s",
            [fence.session_id],
        )
    assert (read_at(linking) or first) > first
    assert read_at(owner) is None
