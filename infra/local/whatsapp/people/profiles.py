"""The profiles of accounts: what they say about themselves, whom they know, and who may see it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

from infra.local.whatsapp.database import Database

Category: TypeAlias = Literal["readreceipts", "groupadd", "last", "status", "profile", "online", "calladd"]
Audience: TypeAlias = Literal["all", "contacts", "none"]

CATEGORIES: tuple[Category, ...] = ("readreceipts", "groupadd", "last", "status", "profile", "online", "calladd")


@dataclass(frozen=True, slots=True)
class Profile:
    """contacts: the numbers in the address book, with names. business: the name of a business account, else empty.

    chats: what the phone's owner did with chats, by number or group: archived, pinned, mutedUntil, timer (seconds).
    privacy: who may see or do something, by WhatsApp's categories; everybody where nothing is said.
    """

    about: str = "Hey there! I am using WhatsApp."
    about_at: int = 0
    business: str = ""
    contacts: dict[str, str] = field(default_factory=dict)
    privacy: dict[str, str] = field(default_factory=dict)
    chats: dict[str, dict[str, int]] = field(default_factory=dict)


class Profiles:
    """The profile of each number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, number: str) -> Profile:
        row = self._database.row("SELECT profile FROM profiles WHERE number = ?", number)
        return Profile(**json.loads(row[0])) if row else Profile()

    def save(self, number: str, profile: Profile) -> None:
        self._database.execute("INSERT OR REPLACE INTO profiles VALUES (?, ?)", number, json.dumps(asdict(profile)))

    def allows(self, number: str, category: Category, other: str) -> bool:
        """Return whether the number's owner lets another number see or do this."""
        profile = self.of(number)
        audience = profile.privacy.get(category, "all")
        return number == other or audience == "all" or (audience == "contacts" and other in profile.contacts)
