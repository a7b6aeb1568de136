"""What services say in Retry-After, also those that mean harm."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.retry_after import retry_after

NOW = datetime(2026, 8, 21, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7),
        ("-1", 0),
        ("Fri, 21 Aug 2026 09:30:30 GMT", 30),
        ("Fri, 21 Aug 2026 09:29:30 GMT", 0),
        ("Fri, 21 Aug 2026 11:30:30 +0200", 30),
        ("Fri, 21 Aug 2026 09:30:30 -0000", 30),
        ("Fri, 21 Aug 2026 09:30:30", 30),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("Fri, 21 Aug 99999 09:30:30 GMT", None),
        (f"Fri, 21 Aug 2026 09:30:30 +{'9' * 30}", None),
    ],
)
def test_a_number_or_a_date_is_read_and_nothing_else(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds
