from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from infra.local.whatsapp.accounts import Device
from infra.local.whatsapp.connection import Connection
from infra.local.whatsapp.iq.dispatch import handle_iq
from infra.local.whatsapp.messages import handle_message
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.presence import handle_chatstate, handle_presence
from infra.local.whatsapp.receipts import handle_receipt
from infra.local.whatsapp.wire.node import Node

_log = logging.getLogger(__name__)


def handle_stanza(network: Network, connection: Connection, stanza: Node) -> None:
    """Everything a client says after the handshake; what we do not know is kept as a problem."""
    if stanza.tag == "iq" and stanza.text("type") in ("result", "error"):
        connection.answered(stanza)
        return
    try:
        if not _handled(network, connection, stanza):
            network.problems.unknown_stanzas.append(stanza.outline())
    except Exception as error:  # noqa: BLE001 - one bad stanza must not end the connection
        _log.exception("a stanza could not be handled: %s", stanza.outline())
        network.problems.errors.append(f"{type(error).__name__} at {stanza.outline()}")


def _handled(network: Network, connection: Connection, stanza: Node) -> bool:
    if stanza.tag == "iq":
        return handle_iq(network, connection, stanza)
    handler = _HANDLERS.get(stanza.tag)
    device = network.directory.at(connection.address) if connection.address else None
    if handler and device:
        handler(network, connection, device, stanza)
    return handler is not None  # what comes before login, after a refused one or after unlinking is let go


def _settle(network: Network, connection: Connection, device: Device, stanza: Node) -> None:
    network.delivery.settle(device.address, stanza.text("class"), stanza.text("id"), stanza.text("to"))


def _ignore(network: Network, connection: Connection, device: Device, stanza: Node) -> None:
    """Announcements about the client itself, such as unified_session."""


_HANDLERS: Final[dict[str, Callable[[Network, Connection, Device, Node], None]]] = {
    "message": handle_message,
    "receipt": handle_receipt,
    "ack": _settle,
    "presence": handle_presence,
    "chatstate": handle_chatstate,
    "ib": _ignore,
}
