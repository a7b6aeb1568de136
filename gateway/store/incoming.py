"""What came in: messages of every kind, edits and deletions, each stored once however often it is delivered."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway import correlation
from gateway.domain.changes import Change
from gateway.domain.events import EventType
from gateway.domain.kinds import SHOWN, UNDECRYPTABLE
from gateway.domain.media import without_previews
from gateway.domain.messages import MessageStatus, Origin
from gateway.domain.phone import Address
from gateway.store import changes, found_chats, groups, live_locations, receipts, timers, unread, waiting
from gateway.store.changes import Place
from gateway.store.chats import TOUCH, Chat
from gateway.store.events import APPEND_EVENTS
from gateway.store.fence import Fence
from gateway.store.ids import new_id
from gateway.store.live_locations import LIVE_LOCATION
from gateway.store.message_files import EXPECT, files_of


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of any kind as WhatsApp delivered it; `chat` is a person, `group_jid` any other chat.

    `list_jid` is the broadcast list by which it came into the chat of who wrote it.
    `raw` is the event itself; empty where there is nothing to read in it.
    An edit, a deletion, and a picture that `replaces` another say of whom their target is: their own sender's
    (`target_own`), or `target_author`'s, or without either the other side's. `changed_at` is when they were made,
    where it is known better than by `timestamp`. Messages of the chat disappear after `disappears_seconds`, where it
    says so. `sealed` is what could not be decrypted without the target's secret. `mentions` are JIDs;
    `forwarding_score` is how often it was forwarded, None where it was not.
    """

    message_id: str
    chat: Address
    sender: Address
    from_me: bool
    timestamp: datetime
    message_type: str
    content: str | None = None
    push_name: str | None = None
    quoted_id: str | None = None
    target_id: str | None = None
    media: dict[str, Any] | None = None
    location: dict[str, Any] | None = None
    details: dict[str, Any] | None = None
    quote: dict[str, Any] | None = None
    group_jid: str | None = None
    chat_kind: str = "user"
    list_jid: str | None = None
    mentions: list[str] = field(default_factory=list)
    raw: bytes = field(default=b"", repr=False)
    target_own: bool = False
    target_author: Address = field(default_factory=Address)
    changed_at: datetime | None = None
    replaces: bool = False
    sealed: dict[str, str] | None = None
    disappears_seconds: int | None = None
    forwarding_score: int | None = None

    @property
    def change(self) -> Change | None:
        """What it does to another message; None for what is only a message of its own."""
        if not self.target_id or not (self.replaces or self.message_type in _CHANGES):
            return None
        return self.about(self.target_id)

    def about(self, target_id: str) -> Change:
        """Return it as a change of that message."""
        return Change(
            self.message_id,
            self.message_type,
            self.from_me,
            self.sender,
            target_id,
            self.target_own,
            self.target_author,
            self.changed_at or self.timestamp,
            self.content,
            self.media,
            self.location,
            self.details,
        )


_CHANGES = ("edit", "delete")
_EVENT_TYPES = {"reaction": EventType.MESSAGE_REACTION, UNDECRYPTABLE: EventType.MESSAGE_UNDECRYPTABLE}


# One statement for all messages that came together, because this is what a worker does most: it writes the messages,
# their chats, their events. A chat and the session's counter are written once, however many messages there are.
_STORE = f"""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(%(rows)s) AS rows (
            place integer, id uuid, chat uuid, message_id text, jid text, from_me boolean, type text, content text,
            status text, timestamp timestamptz, origin text, lid text, phone text, push_name text, quoted text,
            target text, media jsonb, location jsonb, list_jid text, details jsonb, quote jsonb, raw text,
            forwarding_score smallint, mentions jsonb,
            shown boolean, event text, data jsonb, media_id uuid, motion_id uuid, media_url text, objects jsonb)
    ), stored AS (
        INSERT INTO gateway.whatsapp_explorer_messages
            (id, session_id, chat_id, message_id, remote_jid, from_me, message_type, content, status, timestamp, origin,
             sender_lid, sender_phone, push_name, quoted_id, target_id, media, location, list_jid, details, quote,
             sent_at, media_id, motion_id, media_url, forwarding_score, mentions)
        SELECT id, %(session)s, chat, message_id, jid, from_me, type, content, status, timestamp, origin,
             lid, phone, push_name, quoted, target, media, location, list_jid, details, quote,
             CASE WHEN from_me THEN timestamp END, media_id, motion_id, media_url, forwarding_score,
             mentions
        FROM given ORDER BY place
        ON CONFLICT (session_id, chat_id, message_id, from_me) DO NOTHING
        RETURNING id, chat_id, message_id, from_me, timestamp
    ), kept AS (
        SELECT given.* FROM given JOIN stored USING (id)
    ), kept_events AS (
        INSERT INTO gateway.raw_events (session_id, message_id, payload)
        SELECT %(session)s, id, decode(raw, 'base64') FROM kept WHERE raw <> ''
    ), new_media AS (
        SELECT jsonb_array_elements(objects) AS object FROM kept
    ), {EXPECT}, latest AS (
        SELECT chat, (array_agg(id ORDER BY timestamp DESC, id DESC))[1] AS id, max(timestamp) AS at,
            count(*) FILTER (WHERE NOT from_me) AS unread, NULL::timestamptz AS sent_at
        FROM kept WHERE shown GROUP BY chat
    ), {TOUCH}, new_events AS (
        SELECT row_number() OVER (ORDER BY place) AS number, event AS type, data FROM kept
    ), {APPEND_EVENTS}
    SELECT stored.id, stored.chat_id, stored.message_id, EXISTS (
            SELECT FROM gateway.waiting_changes w
            WHERE w.session_id = %(session)s AND w.target_id = stored.message_id) AS awaited,
        NOT stored.from_me AND (coalesce(stored.timestamp < chats.read_until, false) OR EXISTS (
            SELECT FROM gateway.early_receipts r
            WHERE r.session_id = %(session)s AND r.message_id = stored.message_id AND r.status = 'read')) AS read
    FROM stored JOIN gateway.chats ON chats.id = stored.chat_id
"""  # noqa: S608
# psycopg parses a statement that is longer than 4,096 characters each time anew, which takes as long as five messages.
_STORE = " ".join(_STORE.split())


# One parameter: psycopg takes five times as long over lists of values (measured).
_json = partial(Jsonb, dumps=partial(json.dumps, default=str))


def store(fence: Fence, incoming: Sequence[Incoming]) -> list[UUID | None]:
    """Store messages in their order, each with its event. Return their ids, None for each that was stored before.

    What came before its target and waited for it is applied to it now.
    """
    if not incoming:
        return []
    pairs = list(zip(_chats_of(fence, incoming), incoming, strict=True))
    rows = [_row(fence, place, chat, message) for place, (chat, message) in enumerate(pairs)]
    timers.learn(fence, _timers(pairs))
    groups.request_subjects(fence, {row["chat"] for row in rows if row["jid"].endswith("@g.us")})
    found = fence.connection.execute(
        _STORE, {"session": fence.session_id, "rows": _json(rows), "correlation": correlation.current()}
    ).fetchall()
    stored = {row["id"] for row in found}
    ids = [row["id"] if row["id"] in stored else None for row in rows]
    fence.media.extend(file for row in rows if row["id"] in stored for file in row["to_fetch"])
    for id, message in zip(ids, incoming, strict=True):
        if id:
            keep_waiting(fence, id, message)
    _catch_up(fence, found)
    return ids


def _timers(pairs: Sequence[tuple[Chat, Incoming]]) -> list[tuple[Chat, int, datetime]]:
    said = [(chat, each.disappears_seconds, each.timestamp) for chat, each in pairs]
    return [(chat, seconds, at) for chat, seconds, at in said if seconds is not None]


def _catch_up(fence: Fence, stored: list[dict[str, Any]]) -> None:
    """Apply to the messages just stored what came before them: changes, and that they were read."""
    for row in stored:
        if row["awaited"]:
            apply_waiting(fence, row["chat_id"], row["message_id"])
    for chat_id in {row["chat_id"] for row in stored if row["read"]}:
        receipts.apply_reads(fence, chat_id)


def apply_waiting(fence: Fence, chat_id: UUID, target_id: str) -> None:
    """Apply what waits for this message; what is sealed is left to who can decrypt it, by `fence.awaited`."""
    if changes.apply_waiting(Place(fence.connection, fence.session_id, chat_id, fence.media), [target_id]):
        unread.refresh(fence.connection, chat_id)
    fence.awaited.add(target_id)


def keep_waiting(fence: Fence, row_id: UUID, incoming: Incoming) -> None:
    """Let a stored message wait if it is a change that was not applied, or could not be decrypted."""
    if incoming.target_id and (incoming.change or incoming.sealed):
        waiting.keep(fence.connection, fence.session_id, row_id, incoming.about(incoming.target_id), incoming.sealed)


def change(fence: Fence, incoming: Incoming) -> bool:
    """Apply an edit, a deletion, a better copy or a move; False when it is to be stored as a message of its own.

    That is when its target is not stored, or its sender may not change it, or it begins a live location.
    """
    if incoming.message_type == LIVE_LOCATION:
        return live_locations.move(fence, chat_of(fence, incoming).id, incoming)
    wanted = incoming.change
    place = Place(fence.connection, fence.session_id, chat_of(fence, incoming).id, fence.media)
    if wanted is None:
        return False
    if not changes.apply(place, wanted):
        if wanted.kind == "delete" and not wanted.own and not wanted.from_me:
            groups.request(fence, place.chat_id)
        return False
    for chat_id in changes.remove_own_row(place, wanted):
        unread.refresh(place.connection, chat_id)
    return True


def _chats_of(fence: Fence, incoming: Sequence[Incoming]) -> list[Chat]:
    """Return the chat of each message; a later message may show that the chats of two earlier ones are one."""
    for message in incoming:
        chat_of(fence, message)
    return [found_chats.found(fence, message.chat, message.group_jid, _name(message)) for message in incoming]


def _row(fence: Fence, place: int, chat: Chat, incoming: Incoming) -> dict[str, Any]:
    values = values_of(chat, incoming)
    files = files_of(incoming.media)
    found = {**files.columns(fence.session_id), "objects": files.objects, "to_fetch": files.to_fetch}
    row = {"place": place, **values, **_event(values["id"], chat, incoming), **found}
    return {name: value for name, value in row.items() if value is not None}


def _event(id: UUID, chat: Chat, incoming: Incoming) -> dict[str, Any]:
    """Return the message's event, and whether it is `shown` as the last message of its chat."""
    data = {"id": str(id), "messageId": incoming.message_id, "chatId": str(chat.id)}
    return {"shown": incoming.message_type in SHOWN, "event": event_type(incoming), "data": event_data(data, incoming)}


def event_type(incoming: Incoming) -> EventType:
    """Return the type of the event that tells of it."""
    return _EVENT_TYPES.get(incoming.message_type, EventType.MESSAGE_RECEIVED)


def event_data(ids: dict[str, Any], incoming: Incoming) -> dict[str, Any]:
    """Return the data of that event, beginning with the ids of its row and chat."""
    data = ids | ({"targetMessageId": incoming.target_id} if incoming.target_id else {})
    return {**data, "fromMe": incoming.from_me, "messageType": incoming.message_type}


def chat_of(fence: Fence, incoming: Incoming) -> Chat:
    """Return the chat a message belongs to; a person's push name becomes its name."""
    return found_chats.chat_at(fence, incoming.chat, incoming.group_jid, incoming.chat_kind, _name(incoming))


def _name(incoming: Incoming) -> str | None:
    return None if incoming.from_me or incoming.group_jid else incoming.push_name


def values_of(chat: Chat, incoming: Incoming) -> dict[str, Any]:
    """Return the columns of a message's row, as JSON; its files have their own."""
    return {
        "id": new_id(),
        "chat": chat.id,
        "message_id": incoming.message_id,
        "jid": chat.remote_jid,
        "from_me": incoming.from_me,
        "type": incoming.message_type,
        "content": incoming.content,
        "status": MessageStatus.SENT if incoming.from_me else MessageStatus.RECEIVED,
        "timestamp": incoming.timestamp.replace(microsecond=0),
        "origin": Origin.PHONE if incoming.from_me else Origin.CONTACT,
        "lid": incoming.sender.lid,
        "phone": incoming.sender.phone_number,
        "push_name": incoming.push_name,
        "quoted": incoming.quoted_id,
        "target": incoming.target_id,
        "media": without_previews(incoming.media) or None,
        "location": incoming.location or None,
        "list_jid": incoming.list_jid,
        "details": incoming.details,
        "quote": incoming.quote,
        "forwarding_score": incoming.forwarding_score,
        "mentions": incoming.mentions or None,
        "raw": base64.b64encode(incoming.raw).decode(),
    }
