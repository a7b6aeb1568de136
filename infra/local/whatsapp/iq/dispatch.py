"""Which handler each iq goes to, by its namespace, type and first child."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from infra.local.whatsapp.groups.refusals import GroupRefused
from infra.local.whatsapp.iq import (
    app_state,
    communities,
    encryption,
    group_members,
    group_settings,
    groups,
    linking,
    media,
    mex,
    people,
    session,
    tokens,
    usync,
)
from infra.local.whatsapp.iq.request import IqError, NoReply, Request, UnknownQuery
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
    ("privacy", "get", "privacy"): people.privacy_settings,
    ("privacy", "set", "privacy"): people.change_privacy,
    ("status", "get", "privacy"): session.status_privacy,
    ("status", "set", "status"): people.change_about,
    ("w:mex", "get", "query"): mex.query,
    ("privacy", "set", "tokens"): tokens.issue,
    ("abt", "get", "props"): session.server_properties,
    ("w", "get", "props"): session.server_properties,
    ("blocklist", "get", ""): people.block_list,
    ("blocklist", "set", "item"): people.change_blocked,
    ("w:profile:picture", "get", "picture"): people.picture,
    ("w:profile:picture", "set", "picture"): people.change_picture,
    ("w:profile:picture", "set", ""): people.change_picture,
    ("urn:xmpp:whatsapp:dirty", "set", "clean"): session.acknowledge,
    ("w:m", "set", "media_conn"): media.connection,
    ("w:sync:app:state", "set", "sync"): app_state.sync,
    ("w:g2", "set", "create"): groups.create,
    ("w:g2", "get", "query"): groups.query,
    ("w:g2", "get", "participating"): groups.participating,
    ("w:g2", "set", "leave"): groups.leave,
    ("w:g2", "get", "invite"): groups.read_invitation,
    ("w:g2", "set", "invite"): groups.use_invitation,
    ("w:g2", "set", "accept"): groups.accept,
    ("w:g2", "set", "add"): group_members.add,
    ("w:g2", "set", "remove"): group_members.remove,
    ("w:g2", "set", "promote"): group_members.promote,
    ("w:g2", "set", "demote"): group_members.demote,
    ("w:g2", "get", "membership_approval_requests"): group_members.requests,
    ("w:g2", "set", "membership_requests_action"): group_members.decide,
    ("w:g2", "set", "subject"): group_settings.subject,
    ("w:g2", "set", "description"): group_settings.description,
    ("w:g2", "set", "announcement"): group_settings.announcement,
    ("w:g2", "set", "not_announcement"): group_settings.announcement,
    ("w:g2", "set", "locked"): group_settings.locked,
    ("w:g2", "set", "unlocked"): group_settings.locked,
    ("w:g2", "set", "ephemeral"): group_settings.timer,
    ("w:g2", "set", "not_ephemeral"): group_settings.timer,
    ("w:g2", "set", "membership_approval_mode"): group_settings.approval,
    ("w:g2", "set", "member_add_mode"): group_settings.adders,
    ("w:g2", "get", "sub_groups"): communities.sub_groups,
    ("w:g2", "get", "linked_groups_participants"): communities.participants,
    ("w:g2", "set", "links"): communities.link,
    ("w:g2", "set", "unlink"): communities.unlink,
    ("w:g2", "get", "pictures"): people.community_picture,
    ("md", "set", "link_code_companion_reg"): linking.by_code,
    ("md", "set", "remove-companion-device"): linking.remove_companion,
}


def handle_iq(network: Network, connection: Connection, stanza: Node) -> bool:
    """Send the result or error of an iq; return False for an unknown one, which gets an error too."""
    children = stanza.children()
    subject = stanza.text("xmlns"), stanza.text("type"), children[0].tag if children else ""
    handler = _HANDLERS.get(subject)
    if handler is None:
        connection.send(_error(stanza, UnknownQuery()))
        return False
    try:
        content = handler(Request(network, connection, stanza))
    except NoReply:
        pass
    except (IqError, GroupRefused) as error:
        connection.send(_error(stanza, error))
        return not isinstance(error, UnknownQuery)
    else:
        connection.send(Node("iq", {**_reply_attributes(stanza), "type": "result", "t": now()}, content or None))
    return True


def _reply_attributes(stanza: Node) -> Attributes:
    return {"from": stanza.attrs.get("to") or SERVER, "id": stanza.text("id")}


def _error(stanza: Node, error: IqError | GroupRefused) -> Node:
    return Node(
        "iq", {**_reply_attributes(stanza), "type": "error"}, [Node("error", {"code": error.code, "text": error.text})]
    )
