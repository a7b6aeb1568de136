from __future__ import annotations

import pytest

from connector.whatsapp import errors
from connector.whatsapp.errors import WhatsAppError, parse_end_error, parse_error, parse_send_error, parse_upload_error


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("server returned error 463", errors.SendRefused, 463),
        ("info query returned status 429: rate-overlimit", errors.RequestRefused, 429),
        ("websocket not connected", errors.NotConnected, None),
        ("failed to send message node: websocket not connected", errors.NotConnected, None),
        ("websocket disconnected before info query returned response", errors.NotConnected, None),
        ("failed to send usync query: failed to write msg: failed to write frame: EOF", errors.NotConnected, None),
        ("the store doesn't contain a device JID", errors.NotConnected, None),
        ("info query timed out", errors.RequestTimeout, None),
        ("no LID found for 4915112345678@s.whatsapp.net from server", errors.NoWhatsAppAddress, None),
        ("client is nil", errors.ClientGone, None),
        ("proto: required field neonize.Receipt.Type not set", errors.EventUnreadable, None),
        ("failed to upgrade database: pq: permission denied", errors.StoreUnavailable, None),
        ("something new", errors.OperationFailed, None),
    ],
)
def test_every_known_text_of_go_has_its_error(text: str, kind: type[WhatsAppError], code: int | None) -> None:
    error = parse_error(text)
    assert type(error) is kind
    assert getattr(error, "code", None) == code


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("server returned error 463", errors.SendRefused),
        ("failed to send message node: websocket not connected", errors.NotConnected),
        ("failed to get device list: info query timed out", errors.RequestTimeout),
        (
            "failed to get user info for 49@s.whatsapp.net to fill LID cache: websocket not connected",
            errors.NotConnected,
        ),
        ("no LID found for 49@s.whatsapp.net from server", errors.NoWhatsAppAddress),
        ("the store doesn't contain a device JID", errors.NotConnected),
        ("timed out waiting for message send response", errors.AckTimeout),
        ("websocket disconnected before message send returned response", errors.OutcomeUnknown),
        ("websocket disconnected before message send (retry) returned response", errors.OutcomeUnknown),
        ("websocket not connected", errors.OutcomeUnknown),
        ("failed to send message node: failed to write frame: broken pipe", errors.OutcomeUnknown),
        ("something new", errors.OutcomeUnknown),
    ],
)
def test_a_failed_send_says_not_sent_only_when_that_is_sure(text: str, kind: type[WhatsAppError]) -> None:
    assert type(parse_send_error(text)) is kind


def test_an_unreadable_event_names_its_kind() -> None:
    error = parse_end_error("proto: required field neonize.TemporaryBan.Code not set")
    assert isinstance(error, errors.EventUnreadable)
    assert error.kind == "TemporaryBan"


def test_a_first_connection_that_fails_cannot_reach_whatsapp() -> None:
    assert isinstance(parse_end_error("failed to dial whatsapp web websocket: EOF"), errors.CannotReachWhatsApp)


@pytest.mark.parametrize(
    "text",
    [
        "failed to do a thing for 4915112345678@s.whatsapp.net: odd",
        'odd <message from="4915112345678@s.whatsapp.net" notify="Maria"><enc/></message>',
        "no LID found for 4915112345678@s.whatsapp.net from server",
    ],
)
def test_no_error_names_a_person(text: str) -> None:
    said = str(parse_error(text))
    assert "4915112345678" not in said and "Maria" not in said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("upload failed with status code 413", errors.UploadFailed),
        ("upload failed with status code 503", errors.MediaHostAway),
        ("upload failed with status code 429", errors.MediaHostAway),
        ('failed to execute request: Post "https://mmg.whatsapp.net/mms": EOF', errors.MediaHostAway),
        ("websocket not connected", errors.NotConnected),
    ],
)
def test_only_a_media_host_that_may_come_back_is_waited_for(text: str, kind: type[WhatsAppError]) -> None:
    error = parse_upload_error(text)
    assert type(error) is kind
    assert "mmg" not in str(error)
