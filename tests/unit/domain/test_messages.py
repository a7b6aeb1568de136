from __future__ import annotations

from itertools import product

import pytest

from gateway.domain.errors import InvalidInput
from gateway.domain.messages import MAX_TEXT_CHARACTERS, PRECEDING, MessageStatus, validate_text

M = MessageStatus
ORDER = [M.QUEUED, M.SENDING, M.SENT, M.DELIVERED, M.READ, M.PLAYED]


@pytest.mark.parametrize(("later", "earlier"), list(product(ORDER[2:], ORDER[2:])))
def test_receipts_never_move_a_status_back(later: MessageStatus, earlier: MessageStatus) -> None:
    assert (earlier in PRECEDING[later]) == (ORDER.index(earlier) < ORDER.index(later))


def test_only_a_resend_revives_a_failed_message() -> None:
    assert [status for status in M if M.FAILED in PRECEDING[status]] == [M.QUEUED]


def test_an_unknown_send_is_resolved_by_receipts_or_a_resend_only() -> None:
    resolving = {status for status in M if M.UNKNOWN in PRECEDING[status]}
    assert resolving == {M.SENT, M.DELIVERED, M.READ, M.PLAYED, M.QUEUED}


@pytest.mark.parametrize("text", ["", "  \n ", "a\x00b", "\ud800", "x" * (MAX_TEXT_CHARACTERS + 1)])
def test_texts_that_cannot_be_sent_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        validate_text(text)
    assert refused.value.field == "text"


@pytest.mark.parametrize("text", ["hi", "👩‍👩‍👧 שלום\nمرحبا", "x" * MAX_TEXT_CHARACTERS])
def test_texts_are_kept_as_they_are(text: str) -> None:
    assert validate_text(text) == text
