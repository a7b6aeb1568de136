"""Pairing by the 8-character pairing code a client shows, typed into the phone."""

from __future__ import annotations

import asyncio
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.pairing.link import PairingError, PairingRefused, link
from infra.local.whatsapp.pairing.pairing_offers import CodeRequest, Finish
from infra.local.whatsapp.wire.jid import SERVER
from infra.local.whatsapp.wire.keys import KeyPair, derive
from infra.local.whatsapp.wire.node import Attributes, Node

_ROUNDS = 2 << 16
_SALT = 32
_IV = 16
_NONCE = 12
_KEY = 32
_FINISH_SECONDS = 20.0


class NoCodeRequested(PairingError):
    """No client shows a code for this number."""


class WrongCode(PairingError):
    """The code typed is not the one the client shows."""


async def enter_code(network: Network, account: Account, code: str) -> Device:
    """Link the client that shows this code for the account, and return the new device; raise PairingError."""
    request = network.pairing_offers.try_code(account.number)
    if request is None:
        raise NoCodeRequested("No client asks to be linked with this number by code.")
    key = code.replace("-", "").strip().upper()
    companion = await asyncio.to_thread(_unwrap, key, request.wrapped_ephemeral)
    ephemeral = KeyPair.generate()
    wrapped = await asyncio.to_thread(_wrap, key, ephemeral.public)
    request.registration.connection.send(_primary_hello(account, request, wrapped))
    network.database.commit_soon()
    finish = await _wait_for_finish(request)
    adv_secret = _adv_secret(account, ephemeral.agree(companion), finish)
    return await link(network, account, request.registration, adv_secret)


def _primary_hello(account: Account, request: CodeRequest, wrapped: bytes) -> Node:
    hello = [
        Node("link_code_pairing_wrapped_primary_ephemeral_pub", {}, wrapped),
        Node("primary_identity_pub", {}, account.keys.identity.public),
        Node("link_code_pairing_ref", {}, request.ref),
    ]
    attrs: Attributes = {"from": SERVER, "id": stanza_id(), "type": "link_code_companion_reg", "t": now()}
    return Node("notification", attrs, [Node("link_code_companion_reg", {"stage": "primary_hello"}, hello)])


async def _wait_for_finish(request: CodeRequest) -> Finish:
    done, _ = await asyncio.wait((request.finish,), timeout=_FINISH_SECONDS)
    if not done or request.finish.cancelled():
        raise PairingRefused("The client did not answer the phone.")
    return request.finish.result()


def _adv_secret(account: Account, shared: bytes, finish: Finish) -> bytes:
    """Return the ADV secret in the client's bundle; with a wrong code the secrets differ and it cannot be decrypted."""
    bundle = finish.wrapped_bundle
    salt, nonce, sealed = bundle[:_SALT], bundle[_SALT : _SALT + _NONCE], bundle[_SALT + _NONCE :]
    key = derive(shared, _KEY, salt=salt, info=b"link_code_pairing_key_bundle_encryption_key")
    try:
        opened = AESGCM(key).decrypt(nonce, sealed, None)
    except InvalidTag as error:
        raise WrongCode("The code is not the one the client shows.") from error
    identities, random = opened[: 2 * _KEY], opened[2 * _KEY :]
    if identities != finish.identity + account.keys.identity.public:
        raise PairingRefused("The client's answer names other keys.")
    secret = shared + account.keys.identity.agree(finish.identity) + random
    return derive(secret, _KEY, info=b"adv_secret")


def _wrap(code: str, public: bytes) -> bytes:
    salt, iv = os.urandom(_SALT), os.urandom(_IV)
    return salt + iv + _ctr(code, salt, iv, public)


def _unwrap(code: str, wrapped: bytes) -> bytes:
    return _ctr(code, wrapped[:_SALT], wrapped[_SALT : _SALT + _IV], wrapped[_SALT + _IV :])


def _ctr(code: str, salt: bytes, iv: bytes, data: bytes) -> bytes:
    key = hashlib.pbkdf2_hmac("sha256", code.encode(), salt, _ROUNDS, _KEY)
    cipher = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
    return cipher.update(data) + cipher.finalize()
