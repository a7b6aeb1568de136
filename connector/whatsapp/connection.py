"""What happens to a client's connection: acted on live, never stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connector.whatsapp.jids import phone_number_of, to_text
from connector.whatsapp.library import neonize_pb2


@dataclass(frozen=True, slots=True)
class DeviceReady:
    """The client has a device and its event queue is being read; `jid` and `lid` with their device part."""

    jid: str
    lid: str | None
    phone_number: str | None
    platform: str


@dataclass(frozen=True, slots=True)
class Connected:
    pass


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The socket was lost; whatsmeow reconnects by itself."""


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """whatsmeow has deleted the device; `on_connect` tells a refused login from a removal while connected."""

    on_connect: bool
    reason: str


@dataclass(frozen=True, slots=True)
class StreamReplaced:
    """Another socket took over this device; no reconnect follows."""


@dataclass(frozen=True, slots=True)
class TemporaryBan:
    code: str
    expires_in: timedelta


@dataclass(frozen=True, slots=True)
class ClientOutdated:
    pass


@dataclass(frozen=True, slots=True)
class ConnectFailure:
    """The login was refused for another reason; no reconnect follows."""

    reason: str


@dataclass(frozen=True, slots=True)
class StreamError:
    code: str


@dataclass(frozen=True, slots=True)
class KeepAliveTimeout:
    """The server has not answered a ping; whatsmeow alone reconnects only after about 210 s."""

    error_count: int
    last_success: datetime


@dataclass(frozen=True, slots=True)
class KeepAliveRestored:
    pass


@dataclass(frozen=True, slots=True)
class OfflineSyncCompleted:
    """All that waited at WhatsApp while offline has been delivered."""

    count: int


@dataclass(frozen=True, slots=True)
class PairStatus:
    jid: str
    platform: str
    succeeded: bool


ConnectionEvent = (
    DeviceReady
    | Connected
    | Disconnected
    | LoggedOut
    | StreamReplaced
    | TemporaryBan
    | ClientOutdated
    | ConnectFailure
    | StreamError
    | KeepAliveTimeout
    | KeepAliveRestored
    | OfflineSyncCompleted
    | PairStatus
)


def _device_ready(device: neonize_pb2.Device) -> DeviceReady:
    jid = to_text(device.JID)
    return DeviceReady(jid, to_text(device.LID) or None, phone_number_of(jid), device.Platform)


def _reason(event: neonize_pb2.LoggedOut | neonize_pb2.ConnectFailure) -> str:
    return str(neonize_pb2.ConnectFailureReason.Name(event.Reason)).lower()


_DECODERS: dict[str, Callable[[Any], ConnectionEvent]] = {
    "Device": _device_ready,
    "Connected": lambda _: Connected(),
    "Disconnected": lambda _: Disconnected(),
    "LoggedOut": lambda event: LoggedOut(event.OnConnect, _reason(event)),
    "StreamReplaced": lambda _: StreamReplaced(),
    "TemporaryBan": lambda event: TemporaryBan(
        neonize_pb2.TemporaryBan.TempBanReason.Name(event.Code).lower(), timedelta(seconds=event.Expire)
    ),
    "ClientOutdated": lambda _: ClientOutdated(),
    "ConnectFailure": lambda event: ConnectFailure(_reason(event)),
    "StreamError": lambda event: StreamError(event.Code),
    "KeepAliveTimeout": lambda event: KeepAliveTimeout(
        event.ErrorCount, datetime.fromtimestamp(event.LastSuccess, UTC)
    ),
    "KeepAliveRestored": lambda _: KeepAliveRestored(),
    "OfflineSyncCompleted": lambda event: OfflineSyncCompleted(event.Count),
    "PairStatus": lambda event: PairStatus(
        to_text(event.ID), event.Platform, event.Status == neonize_pb2.PairStatus.SUCCESS
    ),
}

CONNECTION_KINDS = frozenset(_DECODERS)


def decode_connection_event(kind: str, payload: bytes) -> ConnectionEvent:
    """Raises KeyError for another kind, google.protobuf.message.DecodeError for a broken payload."""
    return _DECODERS[kind](getattr(neonize_pb2, kind).FromString(payload))
