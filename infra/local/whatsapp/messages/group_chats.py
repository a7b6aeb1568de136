"""Chats with many members: groups, broadcast lists, and status posts, whose members are all accounts."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.local.whatsapp.accounts import Account, Device, Directory
from infra.local.whatsapp.database import Database
from infra.local.whatsapp.messages.group_settings import DEFAULT, GroupSettings
from infra.local.whatsapp.wire.jid import BROADCAST, GROUP, STATUS, Jid

_GROUP_PREFIX = "120363"
_COLUMNS = "id, server, owner, subject, created_at, members, hides_numbers, settings"


@dataclass(frozen=True, slots=True)
class GroupChat:
    """`members` are numbers, the owner's among them; a community `hides_numbers` of members from each other."""

    jid: Jid
    owner: str
    subject: str
    created_at: int
    members: tuple[str, ...]
    hides_numbers: bool = False
    settings: GroupSettings = DEFAULT

    def is_admin(self, account: Account) -> bool:
        return account.number == self.owner or account.lid_user in self.settings.admins

    @property
    def is_broadcast_list(self) -> bool:
        return self.jid.server == BROADCAST and self.jid != STATUS

    def devices(self, directory: Directory) -> list[Device]:
        return [device for number in self.members for device in directory.devices(number)]

    def others(self, number: str) -> list[str]:
        """Return the numbers of the other members."""
        return [member for member in self.members if member != number]


@dataclass(frozen=True, slots=True)
class Newsletter:
    """A channel without members: what is published is sent unencrypted to the numbers in `readers`."""

    jid: Jid
    readers: tuple[str, ...]


class GroupChats:
    """All groups and broadcast lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create_group(
        self,
        owner: str,
        subject: str,
        others: Iterable[str],
        *,
        hides_numbers: bool = False,
        settings: GroupSettings = DEFAULT,
    ) -> GroupChat:
        members = _members(owner, others)
        return self._add(GroupChat(_group_jid(), owner, subject, _now(), members, hides_numbers, settings))

    def broadcast_list(self, owner: str, others: Iterable[str]) -> GroupChat:
        """Return the owner's list of exactly these numbers, which is created when it is first used."""
        members = _members(owner, others)
        for chat in self._all(BROADCAST):
            if chat.owner == owner and set(chat.members) == set(members):
                return chat
        return self._add(GroupChat(Jid(str(time.time_ns()), BROADCAST), owner, "", _now(), members))

    def _add(self, chat: GroupChat) -> GroupChat:
        self._database.execute(
            f"INSERT INTO group_chats ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            *(chat.jid.user, chat.jid.server, chat.owner, chat.subject, chat.created_at, json.dumps(chat.members)),
            *(chat.hides_numbers, chat.settings.serialize()),
        )
        return chat

    def save(self, chat: GroupChat) -> None:
        """Store a group as it has become; one without members is deleted."""
        if not chat.members:
            self._database.execute(
                "DELETE FROM group_chats WHERE id = ? AND server = ?", chat.jid.user, chat.jid.server
            )
            return
        self._database.execute(
            "UPDATE group_chats SET owner = ?, subject = ?, members = ?, settings = ? WHERE id = ? AND server = ?",
            *(chat.owner, chat.subject, json.dumps(chat.members), chat.settings.serialize()),
            *(chat.jid.user, chat.jid.server),
        )

    def add_to_audience(self, number: str, others: Iterable[str]) -> list[str]:
        """Add to those who see what a number's clients post as status, and return them."""
        for other in others:
            self._database.execute("INSERT OR IGNORE INTO status_audiences VALUES (?, ?)", number, other)
        rows = self._database.rows("SELECT viewer FROM status_audiences WHERE number = ? ORDER BY viewer", number)
        return [str(viewer) for (viewer,) in rows]

    def find(self, jid: Jid) -> GroupChat | None:
        """Return a group or a broadcast list; status posts have no row."""
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM group_chats WHERE id = ? AND server = ?",  # noqa: S608
            *(jid.user, jid.server),
        )
        return _group_chat(row) if row else None

    def groups(self) -> list[GroupChat]:
        return self._all(GROUP)

    def groups_of(self, number: str) -> list[GroupChat]:
        return [chat for chat in self.groups() if number in chat.members]

    def _all(self, server: str) -> list[GroupChat]:
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM group_chats WHERE server = ? ORDER BY created_at", server)  # noqa: S608
        return [_group_chat(row) for row in rows]


def status_chat(author: str, others: Iterable[str]) -> GroupChat:
    """Return the chat of one status post, for exactly these others."""
    return GroupChat(STATUS, author, "", _now(), _members(author, others))


def _now() -> int:
    return int(time.time())


def _group_jid() -> Jid:
    return Jid(f"{_GROUP_PREFIX}{secrets.randbelow(10**12):012d}", GROUP)


def _members(owner: str, others: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((owner, *others)))


def _group_chat(row: tuple[Any, ...]) -> GroupChat:
    id, server, owner, subject, created_at, members, hides_numbers, settings = row
    return GroupChat(
        *(Jid(id, server), owner, subject, created_at, tuple(json.loads(members)), bool(hides_numbers)),
        GroupSettings.restore(settings),
    )
