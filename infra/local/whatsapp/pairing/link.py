"""Linking a client, the part that both ways of pairing share: the phone signs its identity, the client countersigns."""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import replace

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.devices.device_lists import announce_added
from infra.local.whatsapp.faults import PairingFault
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.pairing.pairing_offers import Registration
from infra.local.whatsapp.signal.bundle import SignedPrekey
from infra.local.whatsapp.transport.connection import Connection, ConnectionEnded
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.keys import SIGNATURE_LENGTH, verified
from infra.local.whatsapp.wire.node import Node

_ACCOUNT_SIGNATURE = b"\x06\x00"
_DEVICE_SIGNATURE = b"\x06\x01"
_RESTART = Node("stream:error", {"code": "515"})
_CLOSE_SECONDS = 3.0


class PairingError(Exception):
    """The pairing failed; the text says why, for people."""


class PairingRefused(PairingError):
    """One side does not accept what the other signed."""


async def link(network: Network, account: Account, registration: Registration, adv_secret: bytes) -> Device:
    """Link the client to the account and return the new device; raise PairingError."""
    data, connection = registration.data, registration.connection
    prekey = SignedPrekey(int.from_bytes(data.eSkeyId, "big"), data.eSkeyVal, data.eSkeySig)
    if not prekey.signed_by(data.eIdent):
        raise PairingRefused("The client's signed prekey is not signed by its identity.")
    id, registration_id = network.directory.next_device(account.number), int.from_bytes(data.eRegid, "big")
    device = Device(
        *(account.number, account.lid_user, id, registration_id, data.eIdent, prekey, connection.noise_key),
        props=data.deviceProps,
    )
    identity = _signed_identity(network, account, device)
    linked = replace(device, adv=await _exchange(network, connection, device, identity, adv_secret))
    _complete(network, connection, linked)
    return linked


def _signed_identity(network: Network, account: Account, device: Device) -> bytes:
    """Return an ADVSignedDeviceIdentity, in which the account signs the device's identity key."""
    details = proto.ADVDeviceIdentity(rawId=secrets.randbelow(2**31), timestamp=now(), keyIndex=device.id)
    encoded = details.SerializeToString()
    identity = account.keys.identity
    signature = identity.sign(_ACCOUNT_SIGNATURE + encoded + device.identity)
    if network.faults.pop_pairing(PairingFault.WRONG_SIGNATURE):
        signature = os.urandom(SIGNATURE_LENGTH)
    signed = proto.ADVSignedDeviceIdentity(
        details=encoded, accountSignatureKey=identity.public, accountSignature=signature
    )
    result: bytes = signed.SerializeToString()
    return result


async def _exchange(
    network: Network, connection: Connection, device: Device, identity: bytes, adv_secret: bytes
) -> bytes:
    """Return the identity as the client has countersigned it."""
    key = os.urandom(32) if network.faults.pop_pairing(PairingFault.WRONG_HMAC) else adv_secret
    proof = hmac.digest(key, identity, "sha256")
    sealed = proto.ADVSignedDeviceIdentityHMAC(details=identity, hmac=proof).SerializeToString()
    try:
        response = await connection.request("md", [_pair_success(device, sealed)], t=now())
    except ConnectionEnded as error:
        raise PairingRefused("The client hung up while it was being linked.") from error
    if response.text("type") != "result":
        refusal = response.find("error")
        raise PairingRefused(f"The client refused: {refusal.text('text') if refusal else 'no reason given'}.")
    return _countersigned(device, identity, response.data("pair-device-sign", "device-identity"))


def _pair_success(device: Device, sealed: bytes) -> Node:
    addresses = Node("device", {"jid": device.pn, "lid": device.lid})
    platform = Node("platform", {"name": "android"})
    return Node("pair-success", {}, [Node("device-identity", {}, sealed), addresses, platform])


def _countersigned(device: Device, identity: bytes, response: bytes) -> bytes:
    """Return the client's identity with the account's key, which its response omits, for those who fetch the bundle."""
    account_key = proto.ADVSignedDeviceIdentity.FromString(identity).accountSignatureKey
    signed = proto.ADVSignedDeviceIdentity.FromString(response)
    message = _DEVICE_SIGNATURE + signed.details + device.identity + account_key
    if not verified(device.identity, message, signed.deviceSignature):
        raise PairingRefused("The client's signature is wrong.")
    signed.accountSignatureKey = account_key
    result: bytes = signed.SerializeToString()
    return result


def _complete(network: Network, connection: Connection, device: Device) -> None:
    network.pairing_offers.withdraw(connection)
    network.directory.add(device)
    announce_added(network, device)
    connection.send(_RESTART)
    connection.expect_close(_CLOSE_SECONDS)
