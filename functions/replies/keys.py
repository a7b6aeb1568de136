"""The keys of models' services for sessions; decrypted ones are kept in memory for some minutes, and nowhere else."""

from __future__ import annotations

import time
from threading import Lock
from uuid import UUID

from pydantic import SecretStr

from functions.replies.errors import Permanent, Transient
from gateway.aws.encryption import EncryptionUnavailable, ModelKeys, Unreadable
from gateway.domain.turns import Failure


class KeyRing:
    """`platform` is the key of sessions that have none and use the platform's service."""

    def __init__(self, keys: ModelKeys, platform: SecretStr | None, keep_seconds: float) -> None:
        self._keys = keys
        self._platform = platform
        self._keep_seconds = keep_seconds
        self._known: dict[tuple[UUID, bytes], tuple[float, SecretStr]] = {}
        self._lock = Lock()

    def find(self, session_id: UUID, ciphertext: bytes | None, *, own_service: bool) -> SecretStr:
        """Return the key for a session. Raises Permanent where there is none, Transient while KMS is away.

        The platform's key is never shown to a service that a session chose.
        """
        if ciphertext is not None:
            return self._decrypted(session_id, ciphertext)
        if own_service or self._platform is None:
            raise Permanent(Failure.KEY_MISSING)
        return self._platform

    def _decrypted(self, session_id: UUID, ciphertext: bytes) -> SecretStr:
        now = time.monotonic()
        with self._lock:
            self._known = {name: kept for name, kept in self._known.items() if kept[0] > now}
            if kept := self._known.get((session_id, ciphertext)):
                return kept[1]
        try:
            key = self._keys.decrypt(ciphertext, session_id)
        except Unreadable:
            raise Permanent(Failure.KEY_UNREADABLE) from None
        except EncryptionUnavailable as error:
            raise Transient(Failure.UNAVAILABLE, f"KMS {error.cause}") from None
        with self._lock:
            self._known[session_id, ciphertext] = (now + self._keep_seconds, key)
        return key
