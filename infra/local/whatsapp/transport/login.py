"""What happens to a client after the handshake: it is offered pairing, logged in, or refused."""

from __future__ import annotations

import base64
from typing import Any

from infra.local.whatsapp.accounts import Address, Device
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.pairing.pairing_offers import Registration
from infra.local.whatsapp.pairing.qr_code import offer_refs
from infra.local.whatsapp.transport.connection import Connection
from infra.local.whatsapp.wire.node import Attributes, Node

_UNKNOWN_DEVICE = {"reason": "401"}


def admit(network: Network, connection: Connection, payload: Any) -> None:  # noqa: ANN401 - a ClientPayload
    """Offer pairing to a new client, log a known one in, and refuse others."""
    if payload.HasField("devicePairingData"):
        if failure := network.faults.login_failures.get(None):
            return _refuse(connection, failure)
        return offer_refs(network, Registration(connection, payload.devicePairingData))
    address = Address(str(payload.username), payload.device)
    device = network.directory.at(address)
    if device is None or not device.noise_key or device.noise_key != connection.noise_key:
        _refuse(connection, _UNKNOWN_DEVICE)
    elif failure := network.faults.login_failures.get(address.number):
        _refuse(connection, failure)
    else:
        _log_in(network, connection, device)


def _refuse(connection: Connection, failure: dict[str, str]) -> None:
    connection.close_with(Node("failure", {**failure, "location": "local", "t": now()}))


def _log_in(network: Network, connection: Connection, device: Device) -> None:
    network.delivery.register(connection, device.address)
    if network.faults.silences(device.number):
        connection.silence()
    account = network.directory.by_number(device.number)
    success: Attributes = {
        "t": now(),
        "props": "27",
        "companion_enc_static": base64.b64encode(bytes(32)).decode(),
        "lid": device.lid,
        "creation": account.created_at if account else now(),
        "display_name": account.name if account else None,
        "location": "local",
    }
    connection.send(Node("success", success))
