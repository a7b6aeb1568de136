"""Signatures of webhooks as Standard Webhooks has them: of id, time and body, so that none can be sent again later."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

SECRET_PREFIX = "whsec_"  # noqa: S105 - how every secret begins
ID_HEADER = "webhook-id"
TIME_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"


def signed(secrets: Iterable[str], event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery, with a signature by each secret."""
    timestamp = str(int(at.timestamp()))
    signatures = (f"v1,{signature(secret, event_id, timestamp, body)}" for secret in secrets)
    return {ID_HEADER: event_id, TIME_HEADER: timestamp, SIGNATURE_HEADER: " ".join(signatures)}


def signature(secret: str, event_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature by one secret, in base64. Raises ValueError for what is no secret."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    text = f"{event_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
