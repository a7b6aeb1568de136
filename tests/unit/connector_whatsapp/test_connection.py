from __future__ import annotations

from datetime import timedelta

import pytest

from connector.whatsapp import connection
from connector.whatsapp.connection import CONNECTION_KINDS, ConnectionEvent, decode_connection_event
from connector.whatsapp.jids import to_proto
from connector.whatsapp.library import neonize_pb2

NODE = neonize_pb2.Node(Tag="failure", Nil=True)
FAILURE = neonize_pb2.Node(Tag="failure", Attrs=[neonize_pb2.NodeAttrs(name="reason", text="409")])
DEVICE = to_proto("4915112345678:3@s.whatsapp.net")
LID = to_proto("100000000000001:3@lid")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            neonize_pb2.Device(
                JID=DEVICE, LID=LID, Platform="android", BussinessName="", PushName="", Initialized=True
            ),
            connection.DeviceReady("4915112345678:3@s.whatsapp.net", "100000000000001:3@lid", "+4915112345678"),
        ),
        (neonize_pb2.Connected(status=True), connection.Connected()),
        (neonize_pb2.Disconnected(status=True), connection.Disconnected()),
        (
            neonize_pb2.LoggedOut(OnConnect=True, Reason="MAIN_DEVICE_GONE"),
            connection.LoggedOut("main_device_gone"),
        ),
        (neonize_pb2.StreamReplaced(), connection.StreamReplaced()),
        (
            neonize_pb2.TemporaryBan(Code="BLOCKED_BY_USERS", Expire=3600),
            connection.TemporaryBan("blocked_by_users", timedelta(hours=1)),
        ),
        (neonize_pb2.ClientOutdated(), connection.ClientOutdated()),
        (
            neonize_pb2.ConnectFailure(Reason="BAD_USER_AGENT", Message="", Raw=NODE),
            connection.ConnectFailure("bad_user_agent", ""),
        ),
        (
            neonize_pb2.ConnectFailure(Reason="BAD_USER_AGENT", Message="", Raw=FAILURE),
            connection.ConnectFailure("bad_user_agent", "409"),
        ),
        (
            neonize_pb2.KeepAliveTimeout(ErrorCount=2, LastSuccess=1_795_360_447),
            connection.KeepAliveTimeout(),
        ),
        (neonize_pb2.OfflineSyncCompleted(Count=4), connection.OfflineSyncCompleted()),
    ],
)
def test_every_event_of_a_connection(event: neonize_pb2.Connected, expected: ConnectionEvent) -> None:
    kind = event.DESCRIPTOR.name
    assert kind in CONNECTION_KINDS
    assert decode_connection_event(kind, event.SerializePartialToString()) == expected
