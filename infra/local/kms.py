"""The KMS key that encrypts models' keys. Its material is kept in a file: a new ministack decrypts what is stored."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from infra.local.first_run import write_secret
from infra.local.queues import CREDENTIAL, REGION

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

ALIAS = "alias/gateway-model-keys"
MATERIAL_BYTES = 32


def provide_kms_key(endpoint: str, material: Path) -> None:
    """Create the key from the material in a file (created when missing), unless there is one already."""
    client = _client(endpoint)
    if any(alias["AliasName"] == ALIAS for alias in client.list_aliases()["Aliases"]):
        return
    key_id = client.create_key(Origin="EXTERNAL", Description="Keys of models' services")["KeyMetadata"]["KeyId"]
    offered = client.get_parameters_for_import(
        KeyId=key_id, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
    )
    client.import_key_material(
        KeyId=key_id,
        ImportToken=offered["ImportToken"],
        EncryptedKeyMaterial=_wrapped(offered["PublicKey"], _material(material)),
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    client.create_alias(AliasName=ALIAS, TargetKeyId=key_id)


def _client(endpoint: str) -> KMSClient:
    return boto3.client(
        "kms",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
    )


def _wrapped(public_key: bytes, material: bytes) -> bytes:
    key = load_der_public_key(public_key)
    if not isinstance(key, RSAPublicKey):
        raise TypeError("KMS offers an RSA key to wrap material with")
    return key.encrypt(material, OAEP(MGF1(SHA256()), SHA256(), None))


def _material(file: Path) -> bytes:
    if not file.exists():
        write_secret(file, secrets.token_hex(MATERIAL_BYTES))
    return bytes.fromhex(file.read_text())
