"""Events of presence."""

from __future__ import annotations

from typing import Literal

from gateway.domain.events import EventType
from gateway.schemas.event_body import EventBody, example
from gateway.schemas.event_data import ChatPresenceData, ContactPresenceData
from gateway.schemas.messages import RECEIVED

_CHAT_ID = RECEIVED["chatId"]


class ChatPresenceEvent(EventBody):
    """Somebody types or records in a chat, or stopped to; only of sessions that are available."""

    model_config = example(
        EventType.CHAT_PRESENCE, {"chatId": _CHAT_ID, "participant": "184759302716485@lid", "state": "typing"}
    )
    type: Literal[EventType.CHAT_PRESENCE]
    data: ChatPresenceData


class ContactPresenceEvent(EventBody):
    """Somebody whose presence was asked for came online, or went."""

    model_config = example(
        EventType.CONTACT_PRESENCE, {"chatId": _CHAT_ID, "online": False, "lastSeenAt": "2026-08-21T09:38:51.000Z"}
    )
    type: Literal[EventType.CONTACT_PRESENCE]
    data: ContactPresenceData
