"""Secrets that people give us or get from us, encrypted by KMS for one owner each: no other's can be decrypted."""

from __future__ import annotations

import time
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from pydantic import SecretStr

from gateway.domain.errors import GatewayError

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

_OPTIONS: dict[str, Any] = {"connect_timeout": 2, "read_timeout": 3, "retries": {"total_max_attempts": 2}}


class EncryptionUnavailable(GatewayError):
    """KMS cannot be reached, or refuses; `cause` names the error."""

    code = "encryption_unavailable"

    def __init__(self, cause: str) -> None:
        super().__init__("A secret cannot be encrypted or decrypted right now; try again.")
        self.cause = cause


class Unreadable(GatewayError):
    """The ciphertext is broken, of another owner, or of a key that is gone."""

    code = "unreadable_secret"


class _Sealed:
    """`kms_key_id` is an id, ARN or alias; a ciphertext is bound to its owner and purpose."""

    owner: ClassVar[str]
    purpose: ClassVar[str]

    def __init__(self, kms_key_id: str) -> None:
        self._kms_key_id = kms_key_id
        self._client_lock = Lock()

    def encrypt(self, secret: SecretStr, owner_id: UUID) -> bytes:
        """Return the ciphertext of a secret. Raises EncryptionUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            response = self._client.encrypt(
                KeyId=self._kms_key_id,
                Plaintext=secret.get_secret_value().encode(),
                EncryptionContext=self._context(owner_id),
            )
        except (BotoCoreError, ClientError) as error:
            # Not chained: botocore's errors may quote the request.
            raise EncryptionUnavailable(type(error).__name__) from None
        return response["CiphertextBlob"]

    def decrypt(self, ciphertext: bytes, owner_id: UUID) -> SecretStr:
        """Return the secret in a ciphertext. Raises Unreadable and EncryptionUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            response = self._client.decrypt(
                KeyId=self._kms_key_id, CiphertextBlob=ciphertext, EncryptionContext=self._context(owner_id)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in ("InvalidCiphertextException", "IncorrectKeyException"):
                raise Unreadable("what is stored cannot be decrypted") from None
            raise EncryptionUnavailable(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise EncryptionUnavailable(type(error).__name__) from None
        return SecretStr(response["Plaintext"].decode())

    @cached_property
    def _client(self) -> KMSClient:
        import boto3  # 0.7 s of import, for those alone who have a key to encrypt or decrypt
        from botocore.config import Config

        with self._client_lock:
            return boto3.client("kms", config=Config(**_OPTIONS))

    def _context(self, owner_id: UUID) -> dict[str, str]:
        return {self.owner: str(owner_id), "purpose": self.purpose}


class ModelKeys(_Sealed):
    """Keys of models' services, each of a session. The API may only encrypt, functions/replies may only decrypt."""

    owner = "session"
    purpose = "model-key"


class WebhookSecrets(_Sealed):
    """Secrets that sign webhooks. The API may only encrypt, functions/webhooks may only decrypt."""

    owner = "webhook"
    purpose = "webhook-secret"


class Decrypted:
    """What was decrypted in the last minutes, kept in memory and nowhere else. Threads may share it."""

    def __init__(self, sealed: _Sealed, keep_seconds: float) -> None:
        self._sealed = sealed
        self._keep_seconds = keep_seconds
        self._known: dict[tuple[UUID, bytes], tuple[float, SecretStr]] = {}
        self._lock = Lock()

    def get(self, ciphertext: bytes, owner_id: UUID) -> SecretStr:
        """Return the secret in a ciphertext. Raises Unreadable and EncryptionUnavailable."""
        now = time.monotonic()
        with self._lock:
            self._known = {name: kept for name, kept in self._known.items() if kept[0] > now}
            if kept := self._known.get((owner_id, ciphertext)):
                return kept[1]
        secret = self._sealed.decrypt(ciphertext, owner_id)
        with self._lock:
            self._known[owner_id, ciphertext] = (now + self._keep_seconds, secret)
        return secret
