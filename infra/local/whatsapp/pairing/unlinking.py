"""Unlinking a device, by the phone or by the client itself."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Device
from infra.local.whatsapp.devices.device_lists import announce_removed
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.node import Node

_REMOVED = Node("stream:error", {"code": "401"}, [Node("conflict", {"type": "device_removed"})])
_STREAM_END = Node("xmlstreamend")


def remove_from_phone(network: Network, device: Device) -> None:
    """Remove the device as its phone does it; a connected client gets the error that says so."""
    _remove(network, device, _REMOVED)


def log_out(network: Network, device: Device) -> None:
    """Remove the device as a client does it that logs out."""
    _remove(network, device, _STREAM_END)


def _remove(network: Network, device: Device, last_stanza: Node) -> None:
    network.directory.remove(device)
    announce_removed(network, device)
    network.delivery.drop(device.address, last_stanza)
