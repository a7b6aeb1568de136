"""xmlns w:g2: subject, description and settings of a group are changed."""

from __future__ import annotations

from infra.local.whatsapp.groups import settings
from infra.local.whatsapp.iq.groups import addressed
from infra.local.whatsapp.iq.request import IqError, Request
from infra.local.whatsapp.wire.node import Node


def subject(request: Request) -> list[Node]:
    text = _text(request.stanza.child("subject"))
    settings.set_subject(request.network, addressed(request), request.account, text)
    return []


def description(request: Request) -> list[Node]:
    """Change the description, whose id before is named; without a body it is deleted."""
    wanted = request.stanza.child("description")
    body, id = wanted.find("body"), wanted.text("id")
    if not id:
        raise IqError(400, "bad-request")
    text = _text(body) if body else ""
    settings.set_description(request.network, addressed(request), request.account, text, id, wanted.text("prev"))
    return []


def announcement(request: Request) -> list[Node]:
    on = request.stanza.find("announcement") is not None
    settings.set_announcement(request.network, addressed(request), request.account, on=on)
    return []


def locked(request: Request) -> list[Node]:
    on = request.stanza.find("locked") is not None
    settings.set_locked(request.network, addressed(request), request.account, on=on)
    return []


def timer(request: Request) -> list[Node]:
    wanted = request.stanza.find("ephemeral")
    seconds = int(wanted.text("expiration") or 0) if wanted else 0
    if wanted and not seconds:
        raise IqError(400, "bad-request")
    settings.set_timer(request.network, addressed(request), request.account, seconds)
    return []


def approval(request: Request) -> list[Node]:
    on = request.stanza.child("membership_approval_mode", "group_join").text("state") == "on"
    settings.set_approval(request.network, addressed(request), request.account, on=on)
    return []


def adders(request: Request) -> list[Node]:
    only_admins = _text(request.stanza.child("member_add_mode")) == "admin_add"
    settings.set_adders(request.network, addressed(request), request.account, only_admins=only_admins)
    return []


def _text(node: Node) -> str:
    return node.data().decode() if node.content else ""
