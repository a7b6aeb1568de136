"""A phone is deleted with its account: its clients are unlinked, it leaves its groups, and its number is free.

What it wrote to others stays on their phones and clients, as on WhatsApp.
"""

from __future__ import annotations

import json

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.number_columns import OWN_COLUMNS
from infra.local.whatsapp.pairing.unlinking import remove_from_phone
from infra.local.whatsapp.wire.jid import BROADCAST


def delete_account(network: Network, account: Account) -> None:
    """Delete an account with all that belongs to it; a connected client is told that it was unlinked."""
    for device in network.directory.companions(account.number):
        remove_from_phone(network, device)
    for table, column in OWN_COLUMNS:
        network.database.execute(f"DELETE FROM {table} WHERE {column} = ?", account.number)  # noqa: S608
    network.pictures.delete(account.lid)
    _leave_group_chats(network, account.number)
    network.typing.forget(account.number)
    network.subscriptions.forget(account.number)
    network.directory.delete(account)


def _leave_group_chats(network: Network, number: str) -> None:
    """Take the number out of groups and lists; the next member owns what was its own, a chat without members ends."""
    for id, server, owner, members in network.database.rows("SELECT id, server, owner, members FROM group_chats"):
        left = [member for member in json.loads(members) if member != number]
        if owner == number and (server == BROADCAST or not left):
            network.database.execute("DELETE FROM group_chats WHERE id = ? AND server = ?", id, server)
        else:
            network.database.execute(
                "UPDATE group_chats SET owner = ?, members = ? WHERE id = ? AND server = ?",
                *(left[0] if owner == number else owner, json.dumps(left), id, server),
            )
