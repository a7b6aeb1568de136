"""The messages of each phone, as its owner sees them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from infra.local.whatsapp.database import Database
from infra.local.whatsapp.wire.jid import Jid

_STEPS = ("sent", "delivered", "read")
_COLUMNS = "seq, peer, id, from_me, sender_device, kind, text, details, status, timestamp, payload, author, by_number"
_WRITTEN = _COLUMNS.replace("seq", "number")
_REWRITES: dict[str, dict[str, Any]] = {"edit": {"edited": True}, "delete": {"deleted": True}}
_PLACES = ", ".join("?" * len(_WRITTEN.split()))


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message as a phone shows it; `payload` is the protobuf, kept to be sent again at a retry receipt.

    peer: the number it is exchanged with, or the address of a group, list, status or newsletter.
    author: the number that wrote it, empty in a newsletter. In a group chat the details name the recipients of the
    phone's own messages, and the receipts by number.
    by_number: whether its sender was named by the number and not by the LID.
    """

    peer: str
    id: str
    from_me: bool
    sender_device: int
    kind: str
    text: str
    status: str
    timestamp: int
    payload: bytes
    author: str
    details: dict[str, Any] = field(default_factory=dict)
    seq: int = 0
    by_number: bool = False

    @property
    def group_chat(self) -> Jid | None:
        """The address of the chat, unless it is with one number."""
        return Jid.parse(self.peer) if "@" in self.peer else None

    @property
    def receipts_to(self) -> Jid | None:
        """The chat of many to which its receipts go: also the list of others by which it came."""
        return Jid.parse(self.details["list"]) if "list" in self.details else self.group_chat


class MessageHistory:
    """The rows of all phones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, number: str, message: StoredMessage) -> None:
        """Store a message; a repeat changes nothing, an edit or a deletion changes the message it is about."""
        if message.kind in _REWRITES:
            self._rewrite(number, message, _REWRITES[message.kind])
        if message.kind == "vote":
            self._count_vote(number, message)
        self._database.execute(
            f"INSERT OR IGNORE INTO phone_messages ({_WRITTEN}) VALUES ({_PLACES})",  # noqa: S608
            *(number, message.peer, message.id, message.from_me, message.sender_device, message.kind, message.text),
            *(json.dumps(message.details), message.status, message.timestamp, message.payload, message.author),
            message.by_number,
        )

    def after(self, number: str, seq: int) -> list[StoredMessage]:
        """Return the phone's messages after that seq, oldest first."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM phone_messages WHERE number = ? AND seq > ? ORDER BY seq",  # noqa: S608
            *(number, seq),
        )
        return [_stored(row) for row in rows]

    def changed(self, number: str, after: int, last: int) -> list[StoredMessage]:
        """Return the newest messages, `last` at most, that came or changed after that cursor; oldest first."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM phone_messages WHERE number = ? AND changed > ? ORDER BY seq DESC LIMIT ?",  # noqa: S608
            *(number, after, last),
        )
        return [_stored(row) for row in reversed(rows)]

    def cursor(self, number: str) -> int:
        """Return the number of the last change of the phone's messages; 0 without any."""
        row = self._database.row("SELECT max(changed) FROM phone_messages WHERE number = ?", number)
        return int(row[0] or 0) if row else 0

    def named(self, number: str, id: str) -> list[StoredMessage]:
        message = self.find(number, id)
        return [message] if message else []

    def find(self, number: str, id: str) -> StoredMessage | None:
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM phone_messages WHERE number = ? AND id = ?",  # noqa: S608
            *(number, id),
        )
        return _stored(row) if row else None

    def advance(self, number: str, peer: str, id: str, status: str) -> None:
        """Move the status forward only: a late delivery receipt does not undo a read one."""
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

    def confirm(self, number: str, peer: str, id: str, reader: str, status: str) -> None:
        """Record a receipt in a group chat, where the message's status is that of its slowest recipient."""
        message = self.find(number, id)
        if message is None or not message.from_me or message.peer != peer:
            return
        receipts: dict[str, str] = message.details.get("receipts", {})
        known = receipts.get(f"+{reader}", "sent")
        receipts[f"+{reader}"] = max(known, status, key=_STEPS.index)
        self._database.execute(
            "UPDATE phone_messages SET details = json_set(details, '$.receipts', json(?))"
            " WHERE number = ? AND peer = ? AND id = ? AND from_me = 1",
            *(json.dumps(receipts), number, peer, id),
        )
        reached = [receipts.get(recipient, "sent") for recipient in message.details.get("recipients", [])]
        if (slowest := min(reached, key=_STEPS.index, default="sent")) != "sent":
            self.advance(number, peer, id, slowest)

    def _count_vote(self, number: str, vote: StoredMessage) -> None:
        """Put a vote in the place of the voter's earlier one in the poll."""
        self._database.execute(
            "UPDATE phone_messages SET details = json_set(details, ?, json(?))"
            " WHERE number = ? AND peer = ? AND id = ? AND kind = 'poll'",
            *(f'$.votes."+{vote.author}"', json.dumps(vote.details.get("options", []))),
            *(number, vote.peer, vote.details["messageId"]),
        )

    def _rewrite(self, number: str, change: StoredMessage, marks: dict[str, Any]) -> None:
        """Change the message that the author of the change wrote, or that of whom an admin names as its author."""
        if author := change.details.get("author"):
            self._database.execute(
                "UPDATE phone_messages SET text = ?, details = json_patch(details, ?)"
                " WHERE number = ? AND peer = ? AND id = ? AND author = ?",
                *(change.text, json.dumps(marks), number, change.peer, change.details["messageId"], author),
            )
            return
        self._database.execute(
            "UPDATE phone_messages SET text = ?, details = json_patch(details, ?)"
            " WHERE number = ? AND peer = ? AND id = ? AND from_me = ? AND author IN ('', ?)",
            *(change.text, json.dumps(marks), number, change.peer, change.details["messageId"]),
            *(change.from_me, change.author),
        )


def _stored(row: tuple[Any, ...]) -> StoredMessage:
    seq, peer, id, from_me, device, kind, text, details, status, timestamp, payload, author, by_number = row
    return StoredMessage(
        *(peer, id, bool(from_me), device, kind, text, status, timestamp, payload, author, json.loads(details), seq),
        by_number=bool(by_number),
    )
