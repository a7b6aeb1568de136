"""Keys of models' services, encrypted by KMS for one session each: no other session's can be decrypted."""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import SecretStr

from gateway.domain.errors import GatewayError

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

_OPTIONS: dict[str, Any] = {"connect_timeout": 2, "read_timeout": 3, "retries": {"total_max_attempts": 2}}
_PURPOSE = "model-key"


class EncryptionUnavailable(GatewayError):
    """KMS cannot be reached, or refuses; `cause` names the error."""

    code = "encryption_unavailable"

    def __init__(self, cause: str) -> None:
        super().__init__("The key of the model's service cannot be encrypted or decrypted right now; try again.")
        self.cause = cause


class Unreadable(GatewayError):
    """The ciphertext is broken, of another session, or of a key that is gone."""

    code = "unreadable_secret"


class ModelKeys:
    """`kms_key_id` is an id, ARN or alias. The API may only encrypt, functions/replies may only decrypt."""

    def __init__(self, kms_key_id: str) -> None:
        self._kms_key_id = kms_key_id
        self._client_lock = Lock()

    def encrypt(self, key: SecretStr, session_id: UUID) -> bytes:
        """Return the ciphertext of a key. Raises EncryptionUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            response = self._client.encrypt(
                KeyId=self._kms_key_id,
                Plaintext=key.get_secret_value().encode(),
                EncryptionContext=_context(session_id),
            )
        except (BotoCoreError, ClientError) as error:
            # Not chained: botocore's errors may quote the request.
            raise EncryptionUnavailable(type(error).__name__) from None
        return response["CiphertextBlob"]

    def decrypt(self, ciphertext: bytes, session_id: UUID) -> SecretStr:
        """Return the key in a ciphertext. Raises Unreadable and EncryptionUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            response = self._client.decrypt(
                KeyId=self._kms_key_id, CiphertextBlob=ciphertext, EncryptionContext=_context(session_id)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in ("InvalidCiphertextException", "IncorrectKeyException"):
                raise Unreadable("the stored key cannot be decrypted") from None
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


def _context(session_id: UUID) -> dict[str, str]:
    return {"session": str(session_id), "purpose": _PURPOSE}
