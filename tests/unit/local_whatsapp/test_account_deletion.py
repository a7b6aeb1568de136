"""Nothing of a deleted account is left but what others remember."""

from __future__ import annotations

from pathlib import Path

from infra.local.whatsapp.account_deletion import delete_account
from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.database import Database
from infra.local.whatsapp.devices.app_state import AppStateStore
from infra.local.whatsapp.look_ups import Named
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones import contents
from infra.local.whatsapp.phones.app_state_keys import AppStateKey
from infra.local.whatsapp.phones.phones import Phones

# What the phones and clients of others have of it.
_REMEMBERED = {("phone_messages", "peer"), ("phone_messages", "author")}


def _converse(network: Network) -> tuple[Account, Account, Account]:
    ada, ben, cem = (network.directory.create(f"49170000000{i}", name) for i, name in enumerate(("Ada", "Ben", "Cem")))
    phones = Phones(network)
    for author, reader in ((ada, ben), (ben, ada)):
        phones.send(author, reader, contents.text("hello"))
        phones.send(author, network.group_chats.broadcast_list(author.number, [reader.number]), contents.text("list"))
    for group in (phones.create_group(ada, "House", [ben, cem]), phones.create_group(ben, "Office", [ada])):
        phones.send(ada, group, contents.text("to all"))
        phones.send(ben, group, contents.text("to all"))
    phones.create_group(ada, "Alone", [])
    for one, other in ((ada, ben), (ben, ada)):
        network.contacts.watch(one.number, other.number)
        network.look_ups.set_aliases(one.number, [f"{one.number}9"])
        network.look_ups.set_named(one.number, Named.LID)
        AppStateKey.of(network.database, one.number)
        AppStateStore(network.database).append(one.number, "critical_block", b"")
    return ada, ben, cem


def _mentions(network: Network, number: str) -> set[tuple[str, str]]:
    """Return the tables and columns in which the number stands."""
    tables = [name for (name,) in network.database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = [
        (table, column)
        for table in tables
        for (column,) in network.database.rows("SELECT name FROM pragma_table_info(?)", table)
    ]
    return {
        (table, column)
        for table, column in columns
        if network.database.row(f"SELECT 1 FROM {table} WHERE instr(CAST({column} AS TEXT), ?)", number)
        and column != "details"
    }


def test_no_row_names_it_any_more(network: Network) -> None:
    ada, ben, _ = _converse(network)
    assert len(_mentions(network, ada.number)) > len(_REMEMBERED)
    kept = Phones(network).history.after(ben.number, 0)
    delete_account(network, ada)
    assert _mentions(network, ada.number) == _REMEMBERED
    assert Phones(network).history.after(ben.number, 0) == kept
    groups = {group.subject: group for group in network.group_chats.groups()}
    assert {name: (group.owner, group.members) for name, group in groups.items()} == {
        "House": (ben.number, (ben.number, "491700000002")),
        "Office": (ben.number, (ben.number,)),
    }


def test_after_a_restart_it_is_as_gone(tmp_path: Path) -> None:
    first = Network(Database(tmp_path / "db"))
    ada, ben, cem = _converse(first)
    delete_account(first, ben)
    first.directory.create(ben.number, "Another Ben")
    first.database.close()
    second = Network(Database(tmp_path / "db"))
    assert [account.name for account in second.directory.accounts()] == ["Ada", "Cem", "Another Ben"]
    assert second.directory.account(ben.lid) is None
    assert [second.directory.account(each.lid) for each in (ada, cem)] == [ada, cem]
    second.database.close()
