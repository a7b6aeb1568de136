"""Faults as the control API names them, carried out or set for later."""

from __future__ import annotations

from infra.local.whatsapp.control.fault_models import (
    MEDIA_HOSTS,
    FaultsBody,
    HitCount,
    Hits,
    LoginFailure,
    MediaHits,
    OfNumber,
    PushedReceipt,
    PushedTyping,
    StreamError,
)
from infra.local.whatsapp.faults import AckError, Countdown, Counted
from infra.local.whatsapp.media_faults import MediaFault
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.pairing.unlinking import remove_from_phone
from infra.local.whatsapp.transport.connection import Connection
from infra.local.whatsapp.transport.endpoint import Endpoint
from infra.local.whatsapp.wire.node import Attributes, Node


class FaultInjector:
    """Injects faults: some at once, others into what is to come; connections are dropped last."""

    def __init__(self, network: Network, endpoint: Endpoint) -> None:
        self._network = network
        self._endpoint = endpoint

    def apply(self, body: FaultsBody) -> None:
        """Inject every fault that the body names."""
        self._set(body)
        if body.silent:
            self._silence(body.silent)
        if body.stream_error:
            self._send_stream_error(body.stream_error)
        if body.receipt:
            self._send_receipt(body.receipt)
        if body.typing:
            self._send_typing(body.typing)
        if body.drop:
            for connection in self._connections(body.drop):
                connection.abort()

    def _set(self, body: FaultsBody) -> None:
        """Set what applies to what is to come."""
        faults = self._network.faults
        for kind in Counted:
            if (count := getattr(body, _FIELDS[kind])) is not None:
                faults.counted[kind] = _countdown(count)
        faults.pairing = body.pairing or faults.pairing
        faults.qr_refs = body.qr_refs or faults.qr_refs
        faults.silent_privacy = body.silent_privacy or faults.silent_privacy
        faults.latency = body.latency_seconds or faults.latency
        if body.ack_errors:
            faults.ack_error = AckError(body.ack_errors.code, _countdown(body.ack_errors))
        if body.media:
            self._break_media(body.media)
        if body.refuse_seconds:
            faults.refuse(body.refuse_seconds)
        if body.login_failure:
            self._fail_logins(body.login_failure)
        if body.failed_lookup:
            faults.failed_lookups[body.failed_lookup.number] = body.failed_lookup.code

    def _break_media(self, hits: MediaHits) -> None:
        if hits.lifetime is not None:
            self._network.faults.media.lifetime = hits.lifetime
            return
        left, host = None if hits.count is True else hits.count, MEDIA_HOSTS[hits.host] if hits.host else None
        fault = MediaFault(hits.on, left, hits.kind, host, hits.way, hits.status, hits.rate, hits.effect)
        self._network.faults.media.faults.append(fault)

    def clear(self) -> None:
        """Clear lasting faults; silenced connections go on where they were."""
        self._network.faults.clear()
        for connection in self._endpoint.connections:
            connection.resume()

    def _connections(self, of: OfNumber | bool) -> list[Connection]:
        everyone = list(self._endpoint.connections)
        if isinstance(of, OfNumber):
            return [connection for connection in everyone if connection.number == of.number]
        return everyone

    def _silence(self, of: OfNumber | bool) -> None:
        if isinstance(of, OfNumber):
            self._network.faults.silent_numbers.add(of.number)
        else:
            self._network.faults.silent_everywhere = True
        for connection in self._connections(of):
            connection.silence()

    def _fail_logins(self, failure: LoginFailure) -> None:
        attrs = {"reason": failure.reason, "code": failure.code, "expire": failure.expire}
        given = {name: value for name, value in attrs.items() if value is not None}
        self._network.faults.login_failures[failure.number] = given

    def _send_stream_error(self, error: StreamError) -> None:
        for device in self._network.directory.companions(error.number):
            if error.conflict == "device_removed":
                remove_from_phone(self._network, device)
            else:
                self._network.delivery.drop(device.address, _stream_error(error))

    def _send_receipt(self, receipt: PushedReceipt) -> None:
        """Send without queueing: a client that it ends would not get past it at its next login."""
        id = receipt.message_id or stanza_id()
        for device in self._network.directory.companions(receipt.number):
            attrs: Attributes = {"from": device.lid.account, "id": id, "type": receipt.type, "t": now()}
            self._network.delivery.push_now(device.address, Node("receipt", attrs))

    def _send_typing(self, typing: PushedTyping) -> None:
        state = Node("chatstate", {"from": self._network.directory.lid(typing.by)}, [Node(typing.state)])
        for device in self._network.directory.companions(typing.number):
            self._network.delivery.push_now(device.address, state)


_FIELDS = {
    Counted.WITHHOLD_ACKS: "withhold_acks",
    Counted.DUPLICATE: "duplicate",
    Counted.LOSE_RECEIPTS: "lose_receipts",
    Counted.CORRUPT: "corrupt",
    Counted.LATE: "late",
}


def _countdown(count: HitCount) -> Countdown:
    hits = count if isinstance(count, Hits) else Hits(count=count)
    return Countdown(None if hits.count is True else hits.count, hits.number, hits.device)


def _stream_error(error: StreamError) -> Node:
    if error.conflict:
        return Node("stream:error", {}, [Node("conflict", {"type": error.conflict})])
    return Node("stream:error", {"code": error.code})
