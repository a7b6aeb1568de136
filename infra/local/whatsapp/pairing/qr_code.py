"""Pairing by the QR code a client shows, scanned by the phone."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.faults import PairingFault
from infra.local.whatsapp.messages.delivery import stanza_id
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.pairing.link import PairingError, PairingRefused, link
from infra.local.whatsapp.pairing.pairing_offers import Registration
from infra.local.whatsapp.wire.jid import SERVER
from infra.local.whatsapp.wire.node import Attributes, Node


class InvalidQr(PairingError):
    """The text is not a QR code of WhatsApp's."""


class ExpiredRef(PairingError):
    """The QR code is too old, used up, or shown by no client."""


class QrCode(NamedTuple):
    """What a client's QR code says."""

    ref: str
    noise_key: bytes
    identity: bytes
    adv_secret: bytes

    @classmethod
    def parse(cls, text: str) -> QrCode:
        """Return the code in a text, which may be a link with it after a hash; raise InvalidQr."""
        ref, *parts = text.rsplit("#", 1)[-1].split(",")
        try:
            noise_key, identity, adv_secret = (base64.b64decode(part, validate=True) for part in parts[:3])
        except (ValueError, binascii.Error) as error:
            raise InvalidQr("This is not a QR code of WhatsApp.") from error
        return cls(ref, noise_key, identity, adv_secret)


def offer_refs(network: Network, registration: Registration) -> None:
    """Send a client that is not linked the refs for its QR codes."""
    refs = network.pairing_offers.register(registration, network.faults.qr_refs)
    offered = Node("pair-device", {}, [Node("ref", {}, ref.encode()) for ref in refs])
    attrs: Attributes = {"from": SERVER, "type": "set", "id": stanza_id(), "xmlns": "md"}
    registration.connection.send(Node("iq", attrs, [offered]))


async def scan(network: Network, account: Account, text: str) -> Device:
    """Link the client whose QR code the phone scans, and return the new device; raise PairingError."""
    code = QrCode.parse(text)
    registration = network.pairing_offers.pop_ref(code.ref)
    if registration is None or network.faults.pop_pairing(PairingFault.EXPIRED_REF):
        raise ExpiredRef("The QR code has expired: scan the one shown now.")
    if registration.connection.noise_key != code.noise_key or registration.data.eIdent != code.identity:
        raise PairingRefused("The QR code names other keys than the client that shows it.")
    return await link(network, account, registration, code.adv_secret)
