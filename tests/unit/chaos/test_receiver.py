from __future__ import annotations

import socket
from urllib.parse import urlsplit

from tests.integration.webhooks.receiver import receiving


def test_a_request_whose_sender_died_before_its_end_was_not_received() -> None:
    with receiving() as receiver:
        with socket.create_connection(("127.0.0.1", urlsplit(receiver.url).port or 0), timeout=30) as sender:
            sender.sendall(b'POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n{"id"')
            sender.shutdown(socket.SHUT_WR)
            assert sender.recv(1) == b""
        assert receiver.requests == []
