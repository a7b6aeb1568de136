from __future__ import annotations

import pytest

from gateway.telemetry import redact


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("sent to 4915112345678@s.whatsapp.net", "sent to ***@s.whatsapp.net"),
        ("device 4915112345678:7@s.whatsapp.net", "device ***:7@s.whatsapp.net"),
        ("number +4915112345678 refused", "number *** refused"),
        ("key wag_ytvgShpmnUKID5jK4H5GBplZ6WLmzqBF_db84119f", "key ***"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJrZXkiOiIxIn0.c2ln-nat_ure refused", "token *** refused"),
        ("postgresql://wa:hunter2@db/gateway", "postgresql://***@db/gateway"),
        ("session 01a203cf-9a69-74c2-aab9-05ea53178378 moved", "session 01a203cf-9a69-74c2-aab9-05ea53178378 moved"),
        ("took 1234 ms", "took 1234 ms"),
    ],
)
def test_lines_carry_ids_but_no_numbers_and_no_secrets(line: str, masked: str) -> None:
    assert redact(line) == masked
