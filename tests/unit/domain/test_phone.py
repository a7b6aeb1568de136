from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InvalidPhoneNumber
from gateway.domain.phone import Address, parse_phone_number, parse_recipient


@pytest.mark.parametrize(
    "text",
    [
        "+4915112345678",
        "+49 151 12345678",
        "004915112345678",
        "4915112345678",
        "+49 (151) 1234-5678",
        " +4915112345678 ",
    ],
)
def test_common_spellings_become_e164(text: str) -> None:
    assert parse_phone_number(text) == "+4915112345678"


def test_possible_but_unassigned_numbers_are_taken() -> None:
    assert parse_phone_number("+15550001001") == "+15550001001"


@pytest.mark.parametrize("text", ["", "abc", "+", "+49", "123", "+4915112345678901234", "+999123456789", "+49151x12"])
def test_what_cannot_be_a_number_is_refused_naming_its_field(text: str) -> None:
    with pytest.raises(InvalidPhoneNumber) as refused:
        parse_phone_number(text, field="phoneNumber")
    assert refused.value.field == "phoneNumber"


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_a_clear_refusal(text: str) -> None:
    try:
        assert parse_phone_number(text).startswith("+")
    except InvalidPhoneNumber as refused:
        assert str(refused)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("+4915112345678", Address(phone_number="+4915112345678")),
        ("4915112345678@s.whatsapp.net", Address(phone_number="+4915112345678")),
        ("4915112345678@c.us", Address(phone_number="+4915112345678")),
        ("4915112345678:7@s.whatsapp.net", Address(phone_number="+4915112345678")),
        ("100000000000001@lid", Address(lid="100000000000001@lid")),
    ],
)
def test_a_recipient_is_a_number_or_a_users_jid(text: str, address: Address) -> None:
    assert parse_recipient(text) == address


@pytest.mark.parametrize("text", ["1203630@g.us", "status@broadcast", "1@newsletter", "@lid"])
def test_other_jids_are_no_recipients(text: str) -> None:
    with pytest.raises(InvalidPhoneNumber):
        parse_recipient(text)


def test_an_address_prefers_the_lid() -> None:
    assert Address("1@lid", "+49151").jid == "1@lid"
    assert Address(phone_number="+49151").jid == "49151@s.whatsapp.net"
    with pytest.raises(ValueError, match="needs a LID"):
        _ = Address().jid
