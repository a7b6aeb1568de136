"""An account moves to another number: same person, same LID, same chats; all linked clients are removed."""

from __future__ import annotations

import json

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.number_columns import OWN_COLUMNS
from infra.local.whatsapp.pairing.unlinking import remove_from_phone

# Beside what is an account's own: what others have from it, and its groups.
_COLUMNS = (
    *OWN_COLUMNS,
    ("phone_messages", "peer"),
    ("phone_messages", "author"),
    ("group_chats", "owner"),
)


def change_number(network: Network, account: Account, number: str) -> Account:
    """Return the account as it is under the number, which nobody may have."""
    for device in network.directory.companions(account.number):
        remove_from_phone(network, device)
    for table, column in _COLUMNS:
        network.database.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", number, account.number)  # noqa: S608
    _change_members(network, account.number, number)
    return network.directory.renumber(account.number, number)


def _change_members(network: Network, old: str, new: str) -> None:
    for id, server, members in network.database.rows("SELECT id, server, members FROM group_chats"):
        changed = [new if member == old else member for member in json.loads(members)]
        network.database.execute(
            "UPDATE group_chats SET members = ? WHERE id = ? AND server = ?", json.dumps(changed), id, server
        )
