"""Which handler each stanza of a client goes to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from infra.local.whatsapp.accounts import Device
from infra.local.whatsapp.iq.dispatch import handle_iq
from infra.local.whatsapp.messages.presence import handle_chatstate, handle_presence
from infra.local.whatsapp.messages.receipts import handle_receipt
from infra.local.whatsapp.messages.routing import handle_message
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.transport.connection import Connection
from infra.local.whatsapp.wire.jid import SERVER
from infra.local.whatsapp.wire.node import Node

log = logging.getLogger(__name__)
_UNKNOWN = "501"


def handle_stanza(network: Network, connection: Connection, stanza: Node) -> None:
    """Handle any stanza a client sends after the handshake; an unknown one is recorded as a problem."""
    if stanza.tag == "iq" and stanza.text("type") in ("result", "error"):
        connection.resolve_request(stanza)
        return
    try:
        if not _handled(network, connection, stanza):
            network.problems.unknown_stanzas.append(stanza.outline())
    except Exception as error:
        log.exception("a stanza could not be handled: %s", stanza.outline())
        network.problems.errors.append(f"{type(error).__name__} at {stanza.outline()}")


def _handled(network: Network, connection: Connection, stanza: Node) -> bool:
    if stanza.tag == "iq":
        return handle_iq(network, connection, stanza)
    handler = _HANDLERS.get(stanza.tag)
    device = network.directory.at(connection.address) if connection.address else None
    if handler and device:
        handler(network, connection, device, stanza)
    if handler is None and "id" in stanza.attrs:
        connection.send(_unknown(stanza))
    return handler is not None  # what comes before login, after a refused one or after unlinking is ignored


def _unknown(stanza: Node) -> Node:
    """Return the answer to a stanza that this server does not know: nobody need wait for one that never comes."""
    return Node(
        "ack",
        {"class": stanza.tag, "id": stanza.text("id"), "from": stanza.attrs.get("to") or SERVER, "error": _UNKNOWN},
    )


def _handle_ack(network: Network, connection: Connection, device: Device, stanza: Node) -> None:
    network.delivery.acknowledge(device.address, stanza.text("class"), stanza.text("id"), stanza.text("to"))


def _ignore(network: Network, connection: Connection, device: Device, stanza: Node) -> None:
    """Ignore announcements about the client itself, such as unified_session."""


_HANDLERS: Final[dict[str, Callable[[Network, Connection, Device, Node], None]]] = {
    "message": handle_message,
    "receipt": handle_receipt,
    "ack": _handle_ack,
    "presence": handle_presence,
    "chatstate": handle_chatstate,
    "ib": _ignore,
}
