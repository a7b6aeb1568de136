"""The secrets with which a webhook's deliveries are signed."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from gateway.aws.encryption import Decrypted, Unreadable, WebhookSecrets
from gateway.store.webhooks import Secrets


class SecretRing:
    """`open` raises Unreadable and EncryptionUnavailable: nothing is sent unsigned."""

    def __init__(self, sealed: WebhookSecrets, keep_seconds: float) -> None:
        self._decrypted = Decrypted(sealed, keep_seconds)

    def open(self, webhook_id: UUID, secrets: Secrets) -> list[str]:
        """Return the present secret, and that of before while it still signs, if it can be read."""
        opened = [self._decrypted.get(secrets.secret, webhook_id)]
        if secrets.previous_secret:
            with suppress(Unreadable):
                opened.append(self._decrypted.get(secrets.previous_secret, webhook_id))
        return [secret.get_secret_value() for secret in opened]
