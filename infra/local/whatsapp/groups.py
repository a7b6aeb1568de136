"""How the server describes a group, and tells its members that they are in it."""

from __future__ import annotations

import secrets

from infra.local.whatsapp.accounts import Account, Address
from infra.local.whatsapp.circles import Circle
from infra.local.whatsapp.delivery import now, stanza_id
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import LID
from infra.local.whatsapp.wire.node import Attributes, Node

_KEY_BYTES = 8


def group_node(network: Network, group: Circle) -> Node:
    members = [account for number in group.members if (account := network.directory.by_number(number))]
    owner = next((account for account in members if account.number == group.owner), None)
    attrs: Attributes = {
        "id": group.jid.user,
        "subject": group.subject,
        "creation": group.created_at,
        "creator": owner.lid if owner else None,
        "creator_pn": owner.pn if owner else None,
        "s_t": group.created_at,
        "s_o": owner.lid if owner else None,
        "addressing_mode": LID,
        "size": len(members),
    }
    listed = [_participant(account, group) for account in members]
    return Node("group", attrs, [*listed, Node("member_add_mode", {}, b"all_member_add")])


def _participant(account: Account, group: Circle) -> Node:
    rank = "superadmin" if account.number == group.owner else None
    return Node("participant", {"jid": account.lid, "phone_number": account.pn, "type": rank})


def announce_group(network: Network, group: Circle, maker: Account, made_by: Address) -> None:
    """To the clients of all members, but not to the device that made the group."""
    create = Node("create", {"type": "new", "key": secrets.token_hex(_KEY_BYTES)}, [group_node(network, group)])
    for device in group.devices(network.directory):
        if device.address != made_by:
            attrs: Attributes = {
                "from": group.jid,
                "id": stanza_id(),
                "type": "w:gp2",
                "t": now(),
                "notify": maker.name,
            }
            author: Attributes = {"participant": maker.lid, "participant_pn": maker.pn, "addressing_mode": LID}
            network.delivery.push(device.address, Node("notification", {**attrs, **author}, [create]))
