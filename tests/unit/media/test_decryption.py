"""Decryption of files, against files that another implementation encrypted."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from functions.media.decryption import BLOCK_BYTES, MAC_BYTES, Damaged, Decryption, FileKeys, encrypted_size
from infra.local.whatsapp.phones.files import EncryptedFile, encrypt


def keys_of(file: EncryptedFile, kind: str = "image") -> FileKeys:
    names = {"mediaKey": file.key, "fileSha256": file.plain_hash, "fileEncSha256": file.blob_hash}
    return FileKeys.of({name: base64.b64encode(value).decode() for name, value in names.items()}, kind)


def decrypt(keys: FileKeys, blob: bytes, piece: int = 1000) -> bytes:
    decryption = Decryption(keys)
    plain = b"".join(decryption.update(blob[start : start + piece]) for start in range(0, len(blob), piece))
    return plain + decryption.finish()


@given(data=st.binary(max_size=200), piece=st.integers(1, 64))
def test_a_file_is_read_in_whatever_pieces_it_comes(data: bytes, piece: int) -> None:
    file = encrypt(data, "image")
    assert decrypt(keys_of(file), file.blob, piece) == data
    assert len(file.blob) == encrypted_size(len(data))


@pytest.mark.parametrize(
    ("kind", "file_kind"),
    [("image", "image"), ("sticker", "image"), ("video", "video"), ("audio", "audio"), ("voice", "audio"),
     ("document", "document")],
)  # fmt: skip
def test_every_kind_has_the_keys_of_its_kind_of_file(kind: str, file_kind: str) -> None:
    file = encrypt(b"hello", file_kind)
    assert decrypt(keys_of(file, kind), file.blob) == b"hello"


def made_by_hand(keys: FileKeys, padded: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(keys.cipher), modes.CBC(keys.iv)).encryptor()
    encrypted = encryptor.update(padded) + encryptor.finalize()
    return encrypted + hmac.digest(keys.mac, keys.iv + encrypted, "sha256")[:MAC_BYTES]


@pytest.mark.parametrize("padding", [b"\x00" * 16, b"\x11" * 16, b"\x01" * 14 + b"\x02\x03"])
def test_a_padding_that_is_none_is_refused(padding: bytes) -> None:
    keys = keys_of(encrypt(b"", "image"))
    blob = made_by_hand(keys, b"x" * BLOCK_BYTES + padding)
    with pytest.raises(Damaged, match="padding"):
        decrypt(replace(keys, encrypted_sha256=hashlib.sha256(blob).digest()), blob)


@pytest.mark.parametrize("size", [0, MAC_BYTES - 1, MAC_BYTES, MAC_BYTES + BLOCK_BYTES - 1])
def test_what_has_not_the_length_of_a_file_is_refused(size: int) -> None:
    blob = b"x" * size
    keys = replace(keys_of(encrypt(b"", "image")), encrypted_sha256=hashlib.sha256(blob).digest())
    with pytest.raises(Damaged, match="length"):
        decrypt(keys, blob)


def test_a_file_that_was_cut_off_or_changed_is_refused() -> None:
    file = encrypt(b"x" * 1000, "image")
    for blob in (file.blob[:-1], file.blob[:-16], file.blob + b"x", b"x" + file.blob[1:]):
        with pytest.raises(Damaged, match="hash of what came"):
            decrypt(keys_of(file), blob)


def test_a_wrong_key_is_found_by_the_mac_and_a_wrong_hash_at_the_end() -> None:
    file = encrypt(b"x" * 1000, "image")
    with pytest.raises(Damaged, match="mac"):
        decrypt(keys_of(replace(file, key=b"k" * 32)), file.blob)
    with pytest.raises(Damaged, match="hash of the file"):
        decrypt(keys_of(replace(file, plain_hash=b"h" * 32)), file.blob)


def test_no_key_is_in_what_is_logged() -> None:
    keys = keys_of(encrypt(b"x", "image"))
    assert str(keys.cipher) not in repr(keys) and str(keys.mac) not in repr(keys)
