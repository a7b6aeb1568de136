"""Linking a client to a phone: what the phone signs, what the client must answer."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from typing import NamedTuple

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.connection import Connection, ConnectionEnded
from infra.local.whatsapp.delivery import now, stanza_id
from infra.local.whatsapp.device_lists import announce_added
from infra.local.whatsapp.faults import PairingFault
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.offers import Registration
from infra.local.whatsapp.signal.bundle import SignedPrekey
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import SERVER
from infra.local.whatsapp.wire.keys import SIGNATURE_LENGTH, verified
from infra.local.whatsapp.wire.node import Attributes, Node

_ACCOUNT_SIGNATURE = b"\x06\x00"
_DEVICE_SIGNATURE = b"\x06\x01"
_RESTART = Node("stream:error", {"code": "515"})
_HANGUP_SECONDS = 3.0


class PairingError(Exception):
    """The pairing came to nothing; the text says why, for people."""


class InvalidQr(PairingError):
    """The text is not a QR code of WhatsApp's."""


class ExpiredRef(PairingError):
    """The QR code is too old, used up, or nobody shows it."""


class PairingRefused(PairingError):
    """One side does not accept what the other signed."""


class QrCode(NamedTuple):
    ref: str
    noise_key: bytes
    identity: bytes
    adv_secret: bytes

    @classmethod
    def parse(cls, text: str) -> QrCode:
        """Raises InvalidQr."""
        ref, *parts = text.rsplit("#", 1)[-1].split(",")
        try:
            noise_key, identity, adv_secret = (base64.b64decode(part, validate=True) for part in parts[:3])
        except (ValueError, binascii.Error) as error:
            raise InvalidQr("This is not a QR code of WhatsApp.") from error
        return cls(ref, noise_key, identity, adv_secret)


def offer_refs(network: Network, registration: Registration) -> None:
    """What a client that is not linked is sent first: the refs for its QR codes."""
    refs = network.offers.register(registration, network.faults.qr_refs)
    offered = Node("pair-device", {}, [Node("ref", {}, ref.encode()) for ref in refs])
    attrs: Attributes = {"from": SERVER, "type": "set", "id": stanza_id(), "xmlns": "md"}
    registration.connection.send(Node("iq", attrs, [offered]))


async def scan(network: Network, account: Account, text: str) -> Device:
    """The phone scans a QR code; raises PairingError."""
    code = QrCode.parse(text)
    registration = network.offers.take_ref(code.ref)
    if registration is None or network.faults.take_pairing(PairingFault.EXPIRED_REF):
        raise ExpiredRef("The QR code has expired: scan the one shown now.")
    if registration.connection.noise_key != code.noise_key or registration.data.eIdent != code.identity:
        raise PairingRefused("The QR code names other keys than the client that shows it.")
    return await link(network, account, registration, code.adv_secret)


async def link(network: Network, account: Account, registration: Registration, adv_secret: bytes) -> Device:
    """The second half, the same for QR and code; raises PairingError."""
    data, connection = registration.data, registration.connection
    prekey = SignedPrekey(int.from_bytes(data.eSkeyId, "big"), data.eSkeyVal, data.eSkeySig)
    if not prekey.signed_by(data.eIdent):
        raise PairingRefused("The client's signed prekey is not signed by its identity.")
    id, registration_id = network.directory.next_device(account.number), int.from_bytes(data.eRegid, "big")
    device = Device(account.number, account.lid_user, id, registration_id, data.eIdent, prekey, connection.noise_key)
    identity = _signed_identity(network, account, device)
    adv = await _exchange(network, connection, device, identity, adv_secret)
    linked = Device(
        account.number, account.lid_user, id, registration_id, data.eIdent, prekey, connection.noise_key, adv
    )
    _conclude(network, connection, linked)
    return linked


def _signed_identity(network: Network, account: Account, device: Device) -> bytes:
    """ADVSignedDeviceIdentity: the account vouches for the device's identity key."""
    details = proto.ADVDeviceIdentity(rawId=secrets.randbelow(2**31), timestamp=now(), keyIndex=device.id)
    encoded = details.SerializeToString()
    identity = account.keys.identity
    signature = identity.sign(_ACCOUNT_SIGNATURE + encoded + device.identity)
    if network.faults.take_pairing(PairingFault.WRONG_SIGNATURE):
        signature = os.urandom(SIGNATURE_LENGTH)
    signed = proto.ADVSignedDeviceIdentity(
        details=encoded, accountSignatureKey=identity.public, accountSignature=signature
    )
    result: bytes = signed.SerializeToString()
    return result


async def _exchange(
    network: Network, connection: Connection, device: Device, identity: bytes, adv_secret: bytes
) -> bytes:
    """The identity as the client has countersigned it."""
    key = os.urandom(32) if network.faults.take_pairing(PairingFault.WRONG_HMAC) else adv_secret
    proof = hmac.digest(key, identity, "sha256")
    sealed = proto.ADVSignedDeviceIdentityHMAC(details=identity, hmac=proof).SerializeToString()
    try:
        answer = await connection.request("md", [_pair_success(device, sealed)], t=now())
    except ConnectionEnded as error:
        raise PairingRefused("The client hung up while it was being linked.") from error
    if answer.text("type") != "result":
        refusal = answer.find("error")
        raise PairingRefused(f"The client refused: {refusal.text('text') if refusal else 'no reason given'}.")
    return _countersigned(device, identity, answer.data("pair-device-sign", "device-identity"))


def _pair_success(device: Device, sealed: bytes) -> Node:
    addresses = Node("device", {"jid": device.pn, "lid": device.lid})
    platform = Node("platform", {"name": "android"})
    return Node("pair-success", {}, [Node("device-identity", {}, sealed), addresses, platform])


def _countersigned(device: Device, identity: bytes, answer: bytes) -> bytes:
    """The client's answer leaves the account's key out; it is put back for those who fetch the bundle."""
    account_key = proto.ADVSignedDeviceIdentity.FromString(identity).accountSignatureKey
    signed = proto.ADVSignedDeviceIdentity.FromString(answer)
    message = _DEVICE_SIGNATURE + signed.details + device.identity + account_key
    if not verified(device.identity, message, signed.deviceSignature):
        raise PairingRefused("The client's signature is wrong.")
    signed.accountSignatureKey = account_key
    result: bytes = signed.SerializeToString()
    return result


def _conclude(network: Network, connection: Connection, device: Device) -> None:
    network.offers.withdraw(connection)
    network.directory.add(device)
    announce_added(network, device)
    connection.send(_RESTART)
    connection.expect_hangup(_HANGUP_SECONDS)
