from __future__ import annotations

import pytest

from connector.whatsapp.devices import whatsmeow_dsn
from connector.whatsapp.jids import phone_number_of, to_proto, to_text, without_device


@pytest.mark.parametrize(
    "text",
    ["4915112345678@s.whatsapp.net", "4915112345678:7@s.whatsapp.net", "1:2@lid", "12-34@g.us", "5.1:2@s.whatsapp.net"],
)
def test_text_and_protobuf_forms_are_one(text: str) -> None:
    assert to_text(to_proto(text)) == text


@pytest.mark.parametrize("text", ["", "4915112345678", "@lid", "a@b@c", "1:x@lid"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a WhatsApp address"):
        to_proto(text)


def test_devices_and_numbers() -> None:
    assert without_device("4915112345678.1:7@s.whatsapp.net") == "4915112345678@s.whatsapp.net"
    assert phone_number_of("4915112345678:7@s.whatsapp.net") == "+4915112345678"
    assert phone_number_of("100000000000001@lid") is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p%40@localhost/d", "postgres://u:p%40@localhost/d?connect_timeout=5&sslmode=disable"),
        ("postgresql://u@db.example:6543/d", "postgres://u@db.example:6543/d?connect_timeout=5&sslmode=require"),
        (
            "postgres://u@db.example/d?sslmode=verify-full",
            "postgres://u@db.example/d?sslmode=verify-full&connect_timeout=5",
        ),
        ("postgresql://u@h/d?connect_timeout=2&sslmode=prefer", "postgres://u@h/d?connect_timeout=2&sslmode=require"),
    ],
)
def test_a_dsn_that_go_reads_too(url: str, expected: str) -> None:
    assert whatsmeow_dsn(url) == expected
