from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InvalidPhoneNumber
from gateway.domain.phone import Address, delivered_number, parse_phone_number, parse_recipient, spellings


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


# As WhatsApp names the account, as people write it today.
TWO_SPELLINGS = [
    ("+5215512345678", "+525512345678"),
    ("+551187654321", "+5511987654321"),
    ("+5491123456789", "+541123456789"),
]


@pytest.mark.parametrize(("delivered", "typed"), TWO_SPELLINGS)
def test_both_spellings_of_a_changed_numbering_plan_are_taken(delivered: str, typed: str) -> None:
    for text, other in ((delivered, typed), (typed, delivered)):
        assert parse_phone_number(text) == text
        assert spellings(text) == [text, other]


@pytest.mark.parametrize(
    "number", ["+4915112345678", "+551123456789", "+5511912345678", "+52551234567", "+549112345678", "+15215512345678"]
)
def test_most_numbers_have_one_spelling(number: str) -> None:
    """Brazil's fixed lines begin with 2-5, so a ninth digit before them makes another number."""
    assert spellings(number) == [number]


@given(st.from_regex(r"\+(52|54|55)[0-9]{8,12}", fullmatch=True))
def test_spellings_are_those_of_each_other(number: str) -> None:
    for spelling in spellings(number):
        assert set(spellings(spelling)) == set(spellings(number))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+12 34", "+1234"),
        ("001234", "+1234"),
        ("1234:5@s.whatsapp.net", "+1234"),
        ("1234@lid", None),
        ("1234@g.us", None),
        ("call me", None),
        ("+1234567890123456", None),
        ("0", "+0"),
    ],
)
def test_what_may_be_a_number_that_was_delivered(text: str, number: str | None) -> None:
    assert delivered_number(text) == number


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
