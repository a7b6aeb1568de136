"""Reads what every side shows: phones by their control, users by the REST API and by what was sent to them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from infra.local.whatsapp.client import WhatsAppControl
from tests.chaos.history import Event, PhoneMessage, StoredMessage

Json = dict[str, Any]
PAGE = 200
TIMEOUT_SECONDS = 30.0
# Of who can be called by it, linked devices among them.
_JID = re.compile(r"\d{8,}(:\d+)?@(s\.whatsapp\.net|lid)")


class Reader:
    """What one user sees with their key. Files that were read once are not read again."""

    def __init__(self, api: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=api, headers={"X-API-Key": key}, timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=True
        )
        self._files: dict[str, str] = {}

    def close(self) -> None:
        self._http.close()

    def sessions(self) -> frozenset[str]:
        return frozenset(each["id"] for each in self._pages("/sessions", "sessions"))

    def kept(self, session: str) -> tuple[StoredMessage, ...]:
        """Return a session's messages chat by chat, the newest first."""
        chats = [chat["id"] for chat in self._pages(f"/sessions/{session}/chats", "chats")]
        where = f"/sessions/{session}/messages"
        return tuple(self._as_kept(each) for chat in chats for each in self._pages(where, "messages", chat=chat))

    def log(self, session: str) -> tuple[Event, ...]:
        """Return the events of a session, the oldest first."""
        told: list[Event] = []
        after = 0
        while events := self._get(f"/sessions/{session}/events", after=after, limit=PAGE, payload="ids")["events"]:
            told += map(event_of, events)
            after = told[-1].seq
        return tuple(told)

    def next_events(self, after: str) -> tuple[list[Event], str]:
        """Return what follows a cursor in the log of all sessions, and the next cursor."""
        page = self._get("/events", after=after, limit=PAGE, payload="ids")
        return [event_of(event) for event in page["events"]], page["nextCursor"]

    def _as_kept(self, message: Json) -> StoredMessage:
        file = (message.get("media") or {}).get("status")
        is_sent = message["fromMe"]
        sha256 = self._file(message) if file == "available" and not is_sent else None
        return StoredMessage(
            message["id"],
            message["messageId"],
            message["chatId"],
            is_sent,
            message["content"],
            message["messageType"],
            message["status"],
            message["timestamp"],
            datetime.fromisoformat(message["createdAt"]).timestamp(),
            message["error"],
            file,
            sha256,
        )

    def _file(self, message: Json) -> str:
        """Return the hash of what the API gives as a message's file."""
        if message["id"] not in self._files:
            answer = self._http.get(message["mediaUrl"]).raise_for_status()
            self._files[message["id"]] = hashlib.sha256(answer.content).hexdigest()
        return self._files[message["id"]]

    def _pages(self, path: str, name: str, **query: str) -> Iterator[Json]:
        cursor = None
        while True:
            page = self._get(path, **query, limit=PAGE, **({"cursor": cursor} if cursor else {}))
            yield from page[name]
            if (cursor := page["nextCursor"]) is None:
                return

    def _get(self, path: str, **query: str | int) -> Json:
        document: Json = self._http.get(path, params=query).raise_for_status().json()
        return document


def event_of(event: Json) -> Event:
    data = event["data"]
    about = data.get("messageId") if event["type"] == "message.lost" else data.get("id")
    return Event(event["id"], event["sessionId"], event["seq"], event["type"], about)


def shown(whatsapp: WhatsAppControl, number: str) -> tuple[PhoneMessage, ...]:
    """Return what others wrote to a phone, the oldest first."""
    messages = whatsapp.messages(number)
    return tuple(PhoneMessage(m["text"], m["from"], m["id"], m.get("sha256")) for m in messages if not m["fromMe"])


def problems(whatsapp: WhatsAppControl) -> list[str]:
    """Return what the WhatsApp server did not understand of its clients, and the other hosts that they tried."""
    return [f"{kind} at WhatsApp: {problem}" for kind, found in whatsapp.problems().items() for problem in found]


def deaths(logs: Collection[Path]) -> list[tuple[float, int]]:
    """Return when workers ended without being asked to (Unix time) and their exit codes, by their supervisors' logs."""
    lines = (line for log in logs for line in log.read_text(errors="replace").splitlines() if '"worker died"' in line)
    entries = map(json.loads, lines)
    return [(datetime.fromisoformat(e["timestamp"]).timestamp(), int(e["exit_code"])) for e in entries]


def leaks(logs: Collection[Path], secrets: Collection[str]) -> tuple[str, ...]:
    """Return the names of the logs that hold a secret, or the address of a person."""
    texts = {log.name: log.read_text(errors="replace") for log in logs if log.exists()}
    return tuple(name for name, text in texts.items() if _JID.search(text) or any(secret in text for secret in secrets))
