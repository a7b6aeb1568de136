"""The accounts (one a phone number, with a LID) and their devices."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from infra.local.whatsapp.database import Database
from infra.local.whatsapp.signal.bundle import LocalIdentity, SignedPrekey
from infra.local.whatsapp.wire.jid import LID, Jid
from infra.local.whatsapp.wire.keys import KeyPair

PHONE = 0
"""The device number of an account's phone; companions count from 1."""

_LIDS = range(100_000_000_000_000, 300_000_000_000_000)
_SIGNED_PREKEY_ID = 1
_MAX_REGISTRATION_ID = 16380


class Address(NamedTuple):
    """One device, by the account's number, whether a stanza named it by LID or by number."""

    number: str
    device: int


@dataclass(frozen=True, slots=True)
class Account:
    """A phone number on WhatsApp; `created_at` is Unix time, `keys` are those of its phone."""

    number: str
    lid_user: str
    name: str
    created_at: int
    auto_receipts: bool
    keys: LocalIdentity

    @property
    def pn(self) -> Jid:
        return Jid(self.number)

    @property
    def lid(self) -> Jid:
        return Jid(self.lid_user, LID)


@dataclass(frozen=True, slots=True)
class Device:
    """A Signal endpoint: a linked client, or an account's phone, which has neither noise key nor ADV identity.

    props: what a client said of itself when it was linked (DeviceProps).
    """

    number: str
    lid_user: str
    id: int
    registration_id: int
    identity: bytes
    signed_prekey: SignedPrekey
    noise_key: bytes = b""
    adv: bytes = b""
    props: bytes = b""

    @property
    def address(self) -> Address:
        return Address(self.number, self.id)

    @property
    def pn(self) -> Jid:
        return Jid(self.number, device=self.id)

    @property
    def lid(self) -> Jid:
        return Jid(self.lid_user, LID, self.id)


class Directory:
    """The accounts and their devices."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._accounts: dict[str, Account] = {}
        self._numbers: dict[str, str] = {}
        self._devices: dict[str, dict[int, Device]] = {}
        for row in database.rows("SELECT * FROM accounts ORDER BY rowid"):
            self._restore(row)
        for row in database.rows("SELECT * FROM devices ORDER BY number, device"):
            self._restore_device(row)

    def _restore(self, row: tuple[Any, ...]) -> None:
        number, lid, name, created_at, registration_id, identity, signed, signature, _, auto_receipts = row
        keys = LocalIdentity(registration_id, KeyPair.restore(identity), _SIGNED_PREKEY_ID, KeyPair.restore(signed))
        self._put(Account(number, lid, name, created_at, bool(auto_receipts), keys), signature)

    def _restore_device(self, row: tuple[Any, ...]) -> None:
        number, device, registration_id, identity, signed_id, signed, signature, noise_key, adv, props = row
        prekey = SignedPrekey(signed_id, signed, signature)
        lid = self._accounts[number].lid_user
        known = Device(number, lid, device, registration_id, identity, prekey, noise_key, adv, props)
        self._devices[number][device] = known

    def _put(self, account: Account, signature: bytes) -> None:
        keys = account.keys
        prekey = SignedPrekey(keys.signed_id, keys.signed.public, signature)
        phone = Device(account.number, account.lid_user, PHONE, keys.registration_id, keys.identity.public, prekey)
        self._accounts[account.number] = account
        self._numbers[account.lid_user] = account.number
        self._devices[account.number] = {PHONE: phone}

    def create(self, number: str, name: str) -> Account:
        """Add an account with new keys and return it."""
        identity, signed = KeyPair.generate(), KeyPair.generate()
        keys = LocalIdentity(secrets.randbelow(_MAX_REGISTRATION_ID) + 1, identity, _SIGNED_PREKEY_ID, signed)
        account = Account(number, self._new_lid(), name, int(time.time()), True, keys)
        signature = SignedPrekey.issue(identity, keys.signed_id, signed.public).signature
        self._database.execute(
            "INSERT INTO accounts (number, lid, name, created_at, registration_id, identity, signed_prekey, signature)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(number, account.lid_user, name, account.created_at, keys.registration_id),
            *(identity.private, signed.private, signature),
        )
        self._put(account, signature)
        return account

    def _new_lid(self) -> str:
        """Return a LID that no account has, nor had: clients remember whose it was."""
        while (lid := str(secrets.choice(_LIDS))) in self._numbers:
            pass
        return lid

    def accounts(self) -> list[Account]:
        """Return all accounts, in the order of their creation."""
        return list(self._accounts.values())

    def by_number(self, number: str) -> Account | None:
        return self._accounts.get(number)

    def account(self, jid: Jid) -> Account | None:
        """Return the account with this LID or phone number; the device part does not matter."""
        return self._accounts.get(self._numbers.get(jid.user, "") if jid.server == LID else jid.user)

    def change(self, number: str, *, name: str | None = None, auto_receipts: bool | None = None) -> Account:
        """Change what is given and return the account as it is now; raise KeyError for an unknown number."""
        account = self._accounts[number]
        changed = replace(
            account,
            name=account.name if name is None else name,
            auto_receipts=account.auto_receipts if auto_receipts is None else auto_receipts,
        )
        self._accounts[number] = changed
        self._database.execute(
            "UPDATE accounts SET name = ?, auto_receipts = ? WHERE number = ?",
            *(changed.name, changed.auto_receipts, number),
        )
        return changed

    def renumber(self, number: str, new: str) -> Account:
        """Give an account without companions another number and return it."""
        account, phone = replace(self._accounts.pop(number), number=new), self._devices.pop(number)[PHONE]
        self._accounts[new] = account
        self._numbers[account.lid_user] = new
        self._devices[new] = {PHONE: replace(phone, number=new)}
        self._database.execute("UPDATE accounts SET number = ? WHERE number = ?", new, number)
        return account

    def delete(self, account: Account) -> None:
        """Delete an account without companions; its number is free."""
        del self._accounts[account.number], self._numbers[account.lid_user], self._devices[account.number]
        self._database.execute("DELETE FROM accounts WHERE number = ?", account.number)

    def devices(self, number: str) -> list[Device]:
        """Return all devices of the account, the phone first."""
        return list(self._devices.get(number, {}).values())

    def phone(self, account: Account) -> Device:
        return self._devices[account.number][PHONE]

    def companions(self, number: str) -> list[Device]:
        """Return the linked clients."""
        return [device for device in self.devices(number) if device.id != PHONE]

    def lid(self, number: str) -> Jid:
        return self._accounts[number].lid

    def device(self, jid: Jid) -> Device | None:
        account = self.account(jid)
        return self._devices[account.number].get(jid.device) if account else None

    def at(self, address: Address) -> Device | None:
        return self._devices.get(address.number, {}).get(address.device)

    def next_device(self, number: str) -> int:
        """Return a device number never used before: an old one could still be in somebody's device list."""
        row = self._database.row(
            "UPDATE accounts SET last_device = last_device + 1 WHERE number = ? RETURNING last_device", number
        )
        if row is None:
            raise KeyError(number)
        return int(row[0])

    def add(self, device: Device) -> None:
        """Store a new companion, or one whose keys have changed."""
        prekey = device.signed_prekey
        self._devices[device.number][device.id] = device
        self._database.execute(
            "INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(device.number, device.id, device.registration_id, device.identity),
            *(prekey.id, prekey.public, prekey.signature, device.noise_key, device.adv, device.props),
        )

    def remove(self, device: Device) -> None:
        """Delete the device with its prekeys and the stanzas queued for it."""
        self._devices[device.number].pop(device.id, None)
        for table in ("devices", "prekeys", "queue"):
            self._database.execute(f"DELETE FROM {table} WHERE number = ? AND device = ?", *device.address)  # noqa: S608
