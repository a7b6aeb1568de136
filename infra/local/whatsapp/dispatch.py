from __future__ import annotations

import logging

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
    if stanza.tag == "ib":
        return True  # announcements about the client itself, such as unified_session
    if connection.address is None:
        return stanza.tag == "ack"  # of a notification while it is being linked, which nothing keeps
    device = network.directory.at(connection.address)
    return device is None or _handled_from(network, connection, device, stanza)  # none: unlinked a moment ago


def _handled_from(network: Network, connection: Connection, device: Device, stanza: Node) -> bool:
    match stanza.tag:
        case "message":
            handle_message(network, connection, device, stanza)
        case "receipt":
            handle_receipt(network, connection, device, stanza)
        case "ack":
            network.delivery.settle(device.address, stanza.text("class"), stanza.text("id"), stanza.text("to"))
        case "presence":
            handle_presence(network, device, stanza)
        case "chatstate":
            handle_chatstate(network, device, stanza)
        case _:
            return False
    return True
