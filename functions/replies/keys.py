"""The keys of models' services for sessions."""

from __future__ import annotations

from uuid import UUID

from pydantic import SecretStr

from functions.replies.errors import Permanent, Transient
from gateway.aws.encryption import Decrypted, EncryptionUnavailable, ModelKeys, Unreadable
from gateway.domain.turns import Failure


class KeyRing:
    """`platform` is the key of sessions that have none and use the platform's service."""

    def __init__(self, keys: ModelKeys, platform: SecretStr | None, keep_seconds: float) -> None:
        self._decrypted = Decrypted(keys, keep_seconds)
        self._platform = platform

    def find(self, session_id: UUID, ciphertext: bytes | None, *, own_service: bool) -> SecretStr:
        """Return the key for a session. Raises Permanent where there is none, Transient while KMS is away.

        The platform's key is never shown to a service that a session chose.
        """
        if ciphertext is not None:
            return self._of_session(session_id, ciphertext)
        if own_service or self._platform is None:
            raise Permanent(Failure.KEY_MISSING)
        return self._platform

    def _of_session(self, session_id: UUID, ciphertext: bytes) -> SecretStr:
        try:
            return self._decrypted.get(ciphertext, session_id)
        except Unreadable:
            raise Permanent(Failure.KEY_UNREADABLE) from None
        except EncryptionUnavailable as error:
            raise Transient(Failure.UNAVAILABLE, f"KMS {error.cause}") from None
