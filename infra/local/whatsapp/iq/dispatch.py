"""Which handler each iq goes to, by its namespace, type and first child."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from infra.local.whatsapp.iq import app_state, encryption, groups, linking, media, session, tokens, usync
from infra.local.whatsapp.iq.request import IqError, NoReply, Request
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.transport.connection import Connection
from infra.local.whatsapp.wire.jid import SERVER
from infra.local.whatsapp.wire.node import Attributes, Node

_HANDLERS: Final[dict[tuple[str, str, str], Callable[[Request], list[Node]]]] = {
    ("encrypt", "get", "count"): encryption.count,
    ("encrypt", "set", "registration"): encryption.upload,
    ("encrypt", "set", "rotate"): encryption.rotate,
    ("encrypt", "get", "digest"): encryption.digest,
    ("encrypt", "get", "key"): encryption.fetch,
    ("usync", "get", "usync"): usync.query,
    ("passive", "set", "active"): session.become_active,
    ("passive", "set", "passive"): session.become_passive,
    ("w:p", "get", ""): session.acknowledge,
    ("w:p", "get", "ping"): session.acknowledge,
    ("privacy", "get", "privacy"): session.privacy_settings,
    ("status", "get", "privacy"): session.status_privacy,
    ("privacy", "set", "tokens"): tokens.issue,
    ("abt", "get", "props"): session.server_properties,
    ("w", "get", "props"): session.server_properties,
    ("blocklist", "get", ""): session.blocked_numbers,
    ("w:profile:picture", "get", "picture"): session.profile_picture,
    ("urn:xmpp:whatsapp:dirty", "set", "clean"): session.acknowledge,
    ("w:m", "set", "media_conn"): media.connection,
    ("w:sync:app:state", "set", "sync"): app_state.sync,
    ("w:g2", "set", "create"): groups.create,
    ("w:g2", "get", "query"): groups.query,
    ("w:g2", "get", "participating"): groups.participating,
    ("md", "set", "link_code_companion_reg"): linking.by_code,
    ("md", "set", "remove-companion-device"): linking.remove_companion,
}


def handle_iq(network: Network, connection: Connection, stanza: Node) -> bool:
    """Send the result or error of an iq; return False for an unknown one, which gets an error too."""
    children = stanza.children()
    subject = stanza.text("xmlns"), stanza.text("type"), children[0].tag if children else ""
    handler = _HANDLERS.get(subject)
    if handler is None:
        connection.send(_error(stanza, IqError(501, "feature-not-implemented")))
        return False
    try:
        content = handler(Request(network, connection, stanza))
    except NoReply:
        pass
    except IqError as error:
        connection.send(_error(stanza, error))
    else:
        connection.send(Node("iq", {**_reply_attributes(stanza), "type": "result", "t": now()}, content or None))
    return True


def _reply_attributes(stanza: Node) -> Attributes:
    return {"from": stanza.attrs.get("to") or SERVER, "id": stanza.text("id")}


def _error(stanza: Node, error: IqError) -> Node:
    return Node(
        "iq", {**_reply_attributes(stanza), "type": "error"}, [Node("error", {"code": error.code, "text": error.text})]
    )
