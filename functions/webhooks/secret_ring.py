"""The secrets of webhooks; decrypted ones are kept in memory for some minutes, and nowhere else."""

from __future__ import annotations

import time
from uuid import UUID

from pydantic import SecretStr

from gateway.aws.encryption import WebhookSecrets
from gateway.store.webhooks import Secrets


class SecretRing:
    """Raises Unreadable and EncryptionUnavailable: nothing is sent unsigned."""

    def __init__(self, sealed: WebhookSecrets, keep_seconds: float) -> None:
        self._sealed = sealed
        self._keep_seconds = keep_seconds
        self._known: dict[tuple[UUID, bytes], tuple[float, SecretStr]] = {}

    def open(self, webhook_id: UUID, secrets: Secrets) -> list[str]:
        """Return the present secret, and that of before while it still signs."""
        sealed = [secret for secret in (secrets.secret, secrets.previous_secret) if secret]
        return [self._opened(webhook_id, ciphertext).get_secret_value() for ciphertext in sealed]

    def _opened(self, webhook_id: UUID, ciphertext: bytes) -> SecretStr:
        now = time.monotonic()
        self._known = {name: kept for name, kept in self._known.items() if kept[0] > now}
        if kept := self._known.get((webhook_id, ciphertext)):
            return kept[1]
        secret = self._sealed.decrypt(ciphertext, webhook_id)
        self._known[webhook_id, ciphertext] = (now + self._keep_seconds, secret)
        return secret
