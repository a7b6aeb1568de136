"""The delivery of stanzas to devices, connected or not."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from infra.local.whatsapp.accounts import PHONE, Address
from infra.local.whatsapp.diagnostics import Statistics
from infra.local.whatsapp.faults import Counted, Faults
from infra.local.whatsapp.messages.stanza_queues import StanzaQueues
from infra.local.whatsapp.transport.connection import Connection
from infra.local.whatsapp.wire.jid import SERVER
from infra.local.whatsapp.wire.node import Node

_PREVIEWED = ("message", "receipt", "notification")
_MAX_OFFLINE_MARK = 9
# How much later a stanza comes that is late: behind those that were sent after it.
_LATE_SECONDS = 1.0


def now() -> int:
    """Return Unix time in seconds, as stanzas carry it."""
    return int(time.time())


def stanza_id() -> str:
    return str(secrets.randbelow(10**10))


class Delivery:
    """Delivers stanzas: at least once to clients, immediately to phones, which are part of this process."""

    def __init__(self, queues: StanzaQueues, faults: Faults, statistics: Statistics) -> None:
        self._queues = queues
        self._faults = faults
        self._statistics = statistics
        self._live: dict[Address, Connection] = {}
        self.to_phone: Callable[[Address, Node], None] = lambda _address, _stanza: None

    def live(self) -> dict[Address, Connection]:
        """Return the connections of the devices that are logged in."""
        return dict(self._live)

    def push(self, address: Address, stanza: Node) -> None:
        """Deliver now where possible; to a client again at each login until it confirms the stanza."""
        if address.device == PHONE:
            for copy in self._with_faults(address, stanza):
                self.to_phone(address, copy)
            return
        self._queues.put(address, stanza)
        connection = self._live.get(address)
        if connection and connection.receiving:
            late = stanza.tag == "message" and self._faults.hits(Counted.LATE, address)
            for copy in self._with_faults(address, stanza):
                if late:
                    asyncio.get_running_loop().call_later(_LATE_SECONDS, self._send_late, connection, copy)
                else:
                    connection.send(copy)

    def _send_late(self, connection: Connection, stanza: Node) -> None:
        """Send unless the connection has ended: the stanza comes again at the next login then."""
        if connection.address and self._live.get(connection.address) is connection:
            connection.send(stanza)

    def push_now(self, address: Address, stanza: Node) -> None:
        """Deliver now or never, as presence and typing, which are worthless later."""
        connection = self._live.get(address)
        if connection and connection.receiving:
            connection.send(stanza)

    def acknowledge(self, address: Address, kind: str, id: str, sender: str) -> None:
        self._queues.acknowledge(address, kind, id, sender)

    def unconfirmed(self, address: Address) -> int:
        """Return how many stanzas the device has not confirmed yet."""
        return self._queues.count(address)

    def _with_faults(self, address: Address, stanza: Node) -> Iterator[Node]:
        """Yield the stanza as the injected faults have it: as it is, with a flipped byte, or twice."""
        if stanza.tag != "message":
            yield stanza
            return
        corrupt = self._faults.hits(Counted.CORRUPT, address)
        yield _corrupted(stanza) if corrupt else stanza
        if self._faults.hits(Counted.DUPLICATE, address):
            yield stanza

    def register(self, connection: Connection, address: Address) -> None:
        """Enter the connection of a device that has logged in; end its earlier one as replaced."""
        before = self._live.get(address)
        connection.address = address
        self._live[address] = connection
        self._statistics.logins[address.number] += 1
        if before:
            self._statistics.add_conflict(address, time.time() - before.last_received)
            before.close_with(Node("stream:error", {}, [Node("conflict", {"type": "replaced"})]))

    def unregister(self, connection: Connection) -> bool:
        """Forget a connection that has ended; return whether its device has no other by now."""
        if connection.address and self._live.get(connection.address) is connection:
            del self._live[connection.address]
        return connection.address not in self._live

    def drop(self, address: Address, last_stanza: Node) -> None:
        """End the device's connection, if it has one, with this stanza."""
        with suppress(KeyError):
            self._live.pop(address).close_with(last_stanza)

    def flush(self, connection: Connection, address: Address) -> None:
        """Send what has waited, all before anything new: this runs in one turn of the event loop."""
        waiting = self._queues.waiting(address)
        tags = [stanza.tag for stanza in waiting]
        counts = {tag: tags.count(tag) for tag in _PREVIEWED}
        preview = {"count": len(waiting), **counts, "appdata": 0, "call": 0, "status": 0}
        connection.send(Node("ib", {"from": SERVER}, [Node("offline_preview", preview)]))
        for position, stanza in enumerate(waiting):
            connection.send(stanza.with_attributes(offline=min(position, _MAX_OFFLINE_MARK)))
        connection.send(Node("ib", {"from": SERVER}, [Node("offline", {"count": len(waiting)})]))
        connection.receiving = True


def _corrupted(stanza: Node) -> Node:
    children = [_flipped(child) if child.tag == "enc" else child for child in stanza.children()]
    return Node(stanza.tag, stanza.attrs, children)


def _flipped(encrypted: Node) -> Node:
    """Flip a bit in the middle, which the MAC covers whether the message is the first of its session or not."""
    data = bytearray(encrypted.data())
    data[len(data) // 2] ^= 1
    return Node(encrypted.tag, encrypted.attrs, bytes(data))
