"""What a group must be, and who somebody must be in it, before anything is done there."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import GROUP, Jid


class GroupRefused(Exception):
    """Something is not done in a group; code and text are those with which WhatsApp refuses it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def find_group(network: Network, jid: Jid) -> GroupChat:
    """Return the group; raise GroupRefused when there is none."""
    group = network.group_chats.find(jid) if jid.server == GROUP else None
    if group is None:
        raise GroupRefused(404, "item-not-found")
    return group


def require_member(group: GroupChat, account: Account) -> None:
    if account.number not in group.members:
        raise GroupRefused(403, "forbidden")


def require_admin(group: GroupChat, account: Account) -> None:
    require_member(group, account)
    if not group.is_admin(account):
        raise GroupRefused(401, "not-authorized")
