from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from infra.local.whatsapp.database import Database

_STEPS = ("sent", "delivered", "read")
_COLUMNS = "seq, peer, id, from_me, sender_device, kind, text, details, status, timestamp, payload"
_WRITTEN = _COLUMNS.replace("seq", "number")
_PLACES = ", ".join("?" * len(_WRITTEN.split()))


@dataclass(frozen=True, slots=True)
class Remembered:
    """One message as a phone shows it; payload is the protobuf, kept to answer retries."""

    peer: str
    id: str
    from_me: bool
    sender_device: int
    kind: str
    text: str
    status: str
    timestamp: int
    payload: bytes
    details: dict[str, Any] = field(default_factory=dict)
    seq: int = 0


class PhoneMemory:
    """What each phone has seen."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, number: str, message: Remembered) -> None:
        """The same message again changes nothing."""
        self._database.execute(
            f"INSERT OR IGNORE INTO phone_messages ({_WRITTEN}) VALUES ({_PLACES})",  # noqa: S608
            *(number, message.peer, message.id, message.from_me, message.sender_device, message.kind, message.text),
            *(json.dumps(message.details), message.status, message.timestamp, message.payload),
        )

    def after(self, number: str, seq: int) -> list[Remembered]:
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM phone_messages WHERE number = ? AND seq > ? ORDER BY seq",  # noqa: S608
            *(number, seq),
        )
        return [_remembered(row) for row in rows]

    def named(self, number: str, id: str) -> list[Remembered]:
        message = self.find(number, id)
        return [message] if message else []

    def find(self, number: str, id: str) -> Remembered | None:
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM phone_messages WHERE number = ? AND id = ?",  # noqa: S608
            *(number, id),
        )
        return _remembered(row) if row else None

    def advance(self, number: str, peer: str, id: str, status: str) -> None:
        """Forward only: a late delivery receipt does not undo a read one."""
        earlier = _STEPS[: _STEPS.index(status)]
        marks = ", ".join("?" * len(earlier))
        self._database.execute(
            f"UPDATE phone_messages SET status = ? WHERE number = ? AND peer = ? AND id = ? AND from_me = 1"  # noqa: S608
            f" AND status IN ({marks})",
            *(status, number, peer, id, *earlier),
        )

    def mark_read(self, number: str, id: str) -> None:
        self._database.execute(
            "UPDATE phone_messages SET status = 'read' WHERE number = ? AND id = ? AND from_me = 0", number, id
        )

    def rewrite(self, number: str, peer: str, id: str, from_me: bool, text: str, **details: bool) -> None:
        """An edit or a deletion of an earlier message by who wrote it."""
        self._database.execute(
            "UPDATE phone_messages SET text = ?, details = json_patch(details, ?)"
            " WHERE number = ? AND peer = ? AND id = ? AND from_me = ?",
            *(text, json.dumps(details), number, peer, id, from_me),
        )


def _remembered(row: tuple[Any, ...]) -> Remembered:
    seq, peer, id, from_me, sender_device, kind, text, details, status, timestamp, payload = row
    return Remembered(
        peer, id, bool(from_me), sender_device, kind, text, status, timestamp, payload, json.loads(details), seq
    )
