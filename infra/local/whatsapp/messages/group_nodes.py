"""The node that describes a group, and the notification of its members."""

from __future__ import annotations

import secrets

from infra.local.whatsapp.accounts import Account, Address
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import LID
from infra.local.whatsapp.wire.node import Attributes, Node

_KEY_BYTES = 8


def group_node(network: Network, group: GroupChat) -> Node:
    """Return the description of a group: subject, creator, members."""
    members = [account for number in group.members if (account := network.directory.by_number(number))]
    owner = next((account for account in members if account.number == group.owner), None)
    attrs: Attributes = {
        "id": group.jid.user,
        "subject": group.subject,
        "creation": group.created_at,
        "creator": owner.lid if owner else None,
        "creator_pn": owner.pn if owner and not group.hides_numbers else None,
        "s_t": group.created_at,
        "s_o": owner.lid if owner else None,
        "addressing_mode": LID,
        "size": len(members),
    }
    listed = [_participant(account, group) for account in members]
    return Node("group", attrs, [*listed, Node("member_add_mode", {}, b"all_member_add")])


def _participant(account: Account, group: GroupChat) -> Node:
    rank = "superadmin" if account.number == group.owner else None
    number = None if group.hides_numbers else account.pn
    return Node("participant", {"jid": account.lid, "phone_number": number, "type": rank})


def announce_group(network: Network, group: GroupChat, creator: Account, created_by: Address) -> None:
    """Notify the clients of all members, but not the device that created the group."""
    create = Node("create", {"type": "new", "key": secrets.token_hex(_KEY_BYTES)}, [group_node(network, group)])
    for device in group.devices(network.directory):
        if device.address != created_by:
            attrs: Attributes = {
                "from": group.jid,
                "id": stanza_id(),
                "type": "w:gp2",
                "t": now(),
                "notify": creator.name,
            }
            number = None if group.hides_numbers else creator.pn
            author: Attributes = {"participant": creator.lid, "participant_pn": number, "addressing_mode": LID}
            network.delivery.push(device.address, Node("notification", {**attrs, **author}, [create]))
