"""Events of a client's connection: acted on live, never stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connector.whatsapp.jids import phone_number_of, to_text
from connector.whatsapp.library import neonize_pb2


@dataclass(frozen=True, slots=True)
class DeviceReady:
    """The client has a device and its event queue is being read; `jid` and `lid` with their device part."""

    jid: str
    lid: str | None
    phone_number: str | None


@dataclass(frozen=True, slots=True)
class Connected:
    """The login succeeded."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The socket was lost; whatsmeow reconnects by itself."""


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """Login was refused, or the device was removed while connected; whatsmeow has deleted the device."""

    reason: str


@dataclass(frozen=True, slots=True)
class StreamReplaced:
    """Another socket took over this device; no reconnect follows."""


@dataclass(frozen=True, slots=True)
class TemporaryBan:
    """`code` is WhatsApp's reason in lower case, such as send_to_too_many_people."""

    code: str
    expires_in: timedelta


@dataclass(frozen=True, slots=True)
class ClientOutdated:
    """WhatsApp refuses this version of the client."""


@dataclass(frozen=True, slots=True)
class ConnectFailure:
    """The login was refused for another reason, `code` in WhatsApp's numbers; no reconnect follows."""

    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class KeepAliveTimeout:
    """The server has not answered a ping; whatsmeow alone reconnects only after about 210 s."""


@dataclass(frozen=True, slots=True)
class OfflineSyncCompleted:
    """All that waited at WhatsApp while offline has been delivered."""


@dataclass(frozen=True, slots=True)
class BlockListChanged:
    """The account has blocked somebody on another device, or ended that; who it is is read anew."""


ConnectionEvent = (
    DeviceReady
    | Connected
    | Disconnected
    | LoggedOut
    | StreamReplaced
    | TemporaryBan
    | ClientOutdated
    | ConnectFailure
    | KeepAliveTimeout
    | OfflineSyncCompleted
    | BlockListChanged
)


def _device_ready(device: neonize_pb2.Device) -> DeviceReady:
    jid = to_text(device.JID)
    return DeviceReady(jid, to_text(device.LID) or None, phone_number_of(jid))


def _reason(event: neonize_pb2.LoggedOut | neonize_pb2.ConnectFailure) -> str:
    return str(neonize_pb2.ConnectFailureReason.Name(event.Reason)).lower()


def _code(event: neonize_pb2.ConnectFailure) -> str:
    """Return the number in the server's stanza, of which neonize passes a name on."""
    return next((attribute.text for attribute in event.Raw.Attrs if attribute.name == "reason"), "")


_DECODERS: dict[str, Callable[[Any], ConnectionEvent]] = {
    "Device": _device_ready,
    "Connected": lambda _: Connected(),
    "Disconnected": lambda _: Disconnected(),
    "LoggedOut": lambda event: LoggedOut(_reason(event)),
    "StreamReplaced": lambda _: StreamReplaced(),
    "TemporaryBan": lambda event: TemporaryBan(
        neonize_pb2.TemporaryBan.TempBanReason.Name(event.Code).lower(), timedelta(seconds=event.Expire)
    ),
    "ClientOutdated": lambda _: ClientOutdated(),
    "ConnectFailure": lambda event: ConnectFailure(_reason(event), _code(event)),
    "KeepAliveTimeout": lambda _: KeepAliveTimeout(),
    "OfflineSyncCompleted": lambda _: OfflineSyncCompleted(),
    "BlocklistEvent": lambda _: BlockListChanged(),
}

CONNECTION_KINDS = frozenset(_DECODERS)


def decode_connection_event(kind: str, payload: bytes) -> ConnectionEvent:
    """Decode an event. Raise KeyError for another kind, google.protobuf.message.DecodeError for a broken payload."""
    return _DECODERS[kind](getattr(neonize_pb2, kind).FromString(payload))
