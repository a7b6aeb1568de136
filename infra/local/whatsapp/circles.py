"""Chats of many: groups, broadcast lists, and status posts, whose circle is everybody."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.local.whatsapp.accounts import Device, Directory
from infra.local.whatsapp.database import Database
from infra.local.whatsapp.wire.jid import BROADCAST, GROUP, STATUS, Jid

_GROUP_PREFIX = "120363"
_COLUMNS = "id, server, owner, subject, created_at, members"


@dataclass(frozen=True, slots=True)
class Circle:
    """members are numbers, the owner's among them."""

    jid: Jid
    owner: str
    subject: str
    created_at: int
    members: tuple[str, ...]

    def devices(self, directory: Directory) -> list[Device]:
        return [device for number in self.members for device in directory.devices(number)]

    def others(self, number: str) -> list[str]:
        return [member for member in self.members if member != number]


@dataclass(frozen=True, slots=True)
class Newsletter:
    """Nobody is a member of it: what is published goes out unencrypted to its readers."""

    jid: Jid
    readers: tuple[str, ...]


class Circles:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create_group(self, owner: str, subject: str, others: Iterable[str]) -> Circle:
        return self._create(_group_jid(), owner, subject, others)

    def broadcast_list(self, owner: str, others: Iterable[str]) -> Circle:
        """The owner's list of exactly these, made when first needed."""
        members = _members(owner, others)
        for circle in self._all(BROADCAST):
            if circle.owner == owner and set(circle.members) == set(members):
                return circle
        return self._create(Jid(str(time.time_ns()), BROADCAST), owner, "", others)

    def _create(self, jid: Jid, owner: str, subject: str, others: Iterable[str]) -> Circle:
        circle = Circle(jid, owner, subject, int(time.time()), _members(owner, others))
        self._database.execute(
            f"INSERT INTO circles ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
            *(jid.user, jid.server, owner, subject, circle.created_at, json.dumps(circle.members)),
        )
        return circle

    def find(self, jid: Jid) -> Circle | None:
        """A group or a list; the circle of a status post is nowhere kept."""
        row = self._database.row(f"SELECT {_COLUMNS} FROM circles WHERE id = ? AND server = ?", jid.user, jid.server)  # noqa: S608
        return _circle(row) if row else None

    def groups(self) -> list[Circle]:
        return self._all(GROUP)

    def groups_of(self, number: str) -> list[Circle]:
        return [circle for circle in self.groups() if number in circle.members]

    def _all(self, server: str) -> list[Circle]:
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM circles WHERE server = ? ORDER BY created_at", server)  # noqa: S608
        return [_circle(row) for row in rows]


def status_circle(author: str, others: Iterable[str]) -> Circle:
    return Circle(STATUS, author, "", int(time.time()), _members(author, others))


def _group_jid() -> Jid:
    return Jid(f"{_GROUP_PREFIX}{secrets.randbelow(10**12):012d}", GROUP)


def _members(owner: str, others: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((owner, *others)))


def _circle(row: tuple[Any, ...]) -> Circle:
    id, server, owner, subject, created_at, members = row
    return Circle(Jid(id, server), owner, subject, created_at, tuple(json.loads(members)))
