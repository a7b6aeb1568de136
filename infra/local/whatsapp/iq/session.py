"""Requests that every client makes at its start and while it is connected: activity, pings, fixed settings."""

from __future__ import annotations

from infra.local.whatsapp.iq.request import Request
from infra.local.whatsapp.wire.node import Node


def become_active(request: Request) -> list[Node]:
    """Send what has waited for the client, after the result of this request."""
    device, network, connection = request.device, request.network, request.connection
    network.database.after_commit(lambda: network.delivery.flush(connection, device.address))
    return []


def become_passive(request: Request) -> list[Node]:
    request.connection.receiving = False
    return []


def acknowledge(request: Request) -> list[Node]:
    return []


def status_privacy(request: Request) -> list[Node]:
    """Return who may see status posts: all contacts, which each client chooses itself."""
    return [Node("privacy", {}, [Node("list", {"type": "contacts", "default": "true"})])]


def server_properties(request: Request) -> list[Node]:
    return [Node("props", {"hash": "local", "refresh": 86400}, [])]
