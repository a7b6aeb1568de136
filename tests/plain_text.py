"""A text as WhatsApp's protobuf, for tests that send without the gateway's rows."""

from __future__ import annotations

from datetime import UTC, datetime

from connector.whatsapp.outbound import Envelope, serialize
from gateway.domain.outbound import Outbound, Text


def plain_text(to: str, text: str, secret: bytes) -> bytes:
    """Return the serialised Message."""
    return serialize(Outbound(Text(text)), Envelope(to, secret, datetime.now(UTC)))
