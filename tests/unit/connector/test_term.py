"""A lease is trusted for as long as its last renewal proves, and never again after that."""

from __future__ import annotations

import time

import pytest

from connector.term import Term
from gateway.domain.errors import LeaseLost


def test_a_term_is_trusted_until_its_time_is_over() -> None:
    term = Term(3, 7, time.monotonic() + 60)
    assert term.trusted
    term.require_trusted()


def test_a_term_that_has_passed_forbids_everything() -> None:
    term = Term(3, 7, time.monotonic() - 0.001)
    assert not term.trusted
    with pytest.raises(LeaseLost):
        term.require_trusted()


def test_a_late_renewal_does_not_bring_it_back() -> None:
    term = Term(3, 7, time.monotonic() - 0.001)
    term.prolong(time.monotonic() + 60)
    assert not term.trusted


def test_a_term_that_was_ended_stays_ended() -> None:
    term = Term(3, 7, time.monotonic() + 60)
    term.end()
    term.prolong(time.monotonic() + 60)
    assert not term.trusted
