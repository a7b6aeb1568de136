from __future__ import annotations

from infra.local.whatsapp.accounts import Device
from infra.local.whatsapp.device_lists import announce_removed
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.node import Node

_REMOVED = Node("stream:error", {"code": "401"}, [Node("conflict", {"type": "device_removed"})])
_STREAM_END = Node("xmlstreamend")


def remove_from_phone(network: Network, device: Device) -> None:
    """The phone takes the device off its list; a connected client is told."""
    _remove(network, device, _REMOVED)


def remove_by_itself(network: Network, device: Device) -> None:
    """The client has logged out."""
    _remove(network, device, _STREAM_END)


def _remove(network: Network, device: Device, goodbye: Node) -> None:
    network.directory.remove(device)
    announce_removed(network, device)
    network.delivery.drop(device.address, goodbye)
