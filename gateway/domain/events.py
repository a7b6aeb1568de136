"""The types of the per-session event log, one sequence for every transport."""

from __future__ import annotations

from enum import StrEnum


class EventType(StrEnum):
    SESSION_STATE = "session.state"
    SESSION_QR = "session.qr"
    MESSAGE_QUEUED = "message.queued"
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_STATUS = "message.status"
    MESSAGE_EDITED = "message.edited"
    MESSAGE_DELETED = "message.deleted"
    MESSAGE_REACTION = "message.reaction"
    MESSAGE_UNDECRYPTABLE = "message.undecryptable"
    MESSAGE_MOVED = "message.moved"
    MESSAGE_MEDIA = "message.media"
    MESSAGE_LOST = "message.lost"
    MESSAGE_UNPROCESSED = "message.unprocessed"
    CHAT_READ = "chat.read"
    CHATS_MERGED = "chats.merged"
    CHAT_TAKEOVER = "chat.takeover"
    CHAT_PRESENCE = "chat.presence"
    CONTACT_PRESENCE = "contact.presence"
    HISTORY_PROGRESS = "history.progress"
    HISTORY_IMPORTED = "history.imported"
    GROUP_JOINED = "group.joined"
    GROUP_CHANGED = "group.changed"
    GROUP_PARTICIPANTS = "group.participants"
    CONTACT_UPDATED = "contact.updated"
    CONTACTS_IMPORTED = "contacts.imported"
    ASSISTANT_TURN = "assistant.turn"
