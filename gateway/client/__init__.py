"""The typed client of the gateway's API.

    from gateway.client import Gateway

    with Gateway("http://127.0.0.1:3001", api_key) as gateway:
        session = gateway.create_session("office")
        session.connect()
        print(session.wait_for_code().qr_text)
        session.wait_until_connected()
        session.send("+4915112345678", "Hello")
        for message in session.follow():
            print(message.push_name, message.content)

`AsyncGateway` and `AsyncSession` have the same methods for asyncio. Every POST carries an Idempotency-Key, so that the
retries after 429, 503 and lost connections do nothing twice. Every error is a ClientError; the tree is in
`gateway.client.errors`.
"""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("httpx") is None:
    raise ModuleNotFoundError("gateway.client needs httpx: pip install 'whatsapp-gateway[client]'", name="httpx")

from gateway.client.assistant import Assistant, DayUsage, Takeover, TokenUsage, Turn, Usage
from gateway.client.async_gateway import AsyncGateway
from gateway.client.async_session import AsyncSession
from gateway.client.async_webhooks import AsyncWebhooks
from gateway.client.chats import Chat
from gateway.client.contacts import CheckedNumber, Contact
from gateway.client.errors import (
    BodyTooLarge,
    ClientError,
    Conflict,
    CursorExpired,
    DatabaseUnavailable,
    EncryptionUnavailable,
    FieldError,
    FileRejected,
    Forbidden,
    IdempotencyConflict,
    InternalError,
    InvalidInput,
    InvalidJson,
    InvalidPhoneNumber,
    MalformedRequest,
    MediaPending,
    MediaUnavailable,
    MethodNotAllowed,
    NotConnected,
    NotFound,
    NotOnWhatsApp,
    OperationFailed,
    OperationPending,
    OperationRefused,
    Problem,
    RateLimited,
    RefusedByWhatsApp,
    SendFailed,
    ServerError,
    SessionCannotSend,
    StorageUnavailable,
    Unauthenticated,
    UnexpectedAnswer,
    Unreachable,
    UnsupportedMediaType,
    WaitTimeout,
)
from gateway.client.events import (
    AssistantTurnEvent,
    ChatPresenceEvent,
    ChatReadEvent,
    ChatsMergedEvent,
    ChatTakeoverEvent,
    ContactPresenceEvent,
    ContactsImportedEvent,
    ContactUpdatedEvent,
    Event,
    GroupChangedEvent,
    GroupJoinedEvent,
    GroupParticipantsEvent,
    HistoryImportedEvent,
    HistoryProgressEvent,
    MessageDeletedEvent,
    MessageEditedEvent,
    MessageLostEvent,
    MessageMediaEvent,
    MessageMovedEvent,
    MessageQueuedEvent,
    MessageReactionEvent,
    MessageReceivedEvent,
    MessageStatusEvent,
    MessageUndecryptableEvent,
    MessageUnprocessedEvent,
    SessionQrEvent,
    SessionStateEvent,
    event_of,
)
from gateway.client.filters import MessageFilters, SessionChanges
from gateway.client.gateway import Gateway
from gateway.client.groups import Group, GroupChanges, Joining, Outcome, Participant
from gateway.client.health import Check, Health
from gateway.client.keys import ApiKey, CurrentKey, IssuedKey, Token
from gateway.client.models import (
    Attempt,
    Message,
    Reaction,
    Sent,
    SessionInfo,
    Status,
    TimelineEntry,
)
from gateway.client.presence import Presence, Receipt
from gateway.client.retry import Retry
from gateway.client.session import Session
from gateway.client.verification import NotVerified, WebhookNotice
from gateway.client.webhook_calls import Delivery, DeliveryAttempt, IssuedWebhook, Webhook
from gateway.client.webhooks import Webhooks

__all__ = [
    "ApiKey",
    "Assistant",
    "AssistantTurnEvent",
    "AsyncGateway",
    "AsyncSession",
    "AsyncWebhooks",
    "Attempt",
    "BodyTooLarge",
    "Chat",
    "ChatPresenceEvent",
    "ChatReadEvent",
    "ChatTakeoverEvent",
    "ChatsMergedEvent",
    "Check",
    "CheckedNumber",
    "ClientError",
    "Conflict",
    "Contact",
    "ContactPresenceEvent",
    "ContactUpdatedEvent",
    "ContactsImportedEvent",
    "CurrentKey",
    "CursorExpired",
    "DatabaseUnavailable",
    "DayUsage",
    "Delivery",
    "DeliveryAttempt",
    "EncryptionUnavailable",
    "Event",
    "FieldError",
    "FileRejected",
    "Forbidden",
    "Gateway",
    "Group",
    "GroupChangedEvent",
    "GroupChanges",
    "GroupJoinedEvent",
    "GroupParticipantsEvent",
    "Health",
    "HistoryImportedEvent",
    "HistoryProgressEvent",
    "IdempotencyConflict",
    "InternalError",
    "InvalidInput",
    "InvalidJson",
    "InvalidPhoneNumber",
    "IssuedKey",
    "IssuedWebhook",
    "Joining",
    "MalformedRequest",
    "MediaPending",
    "MediaUnavailable",
    "Message",
    "MessageDeletedEvent",
    "MessageEditedEvent",
    "MessageFilters",
    "MessageLostEvent",
    "MessageMediaEvent",
    "MessageMovedEvent",
    "MessageQueuedEvent",
    "MessageReactionEvent",
    "MessageReceivedEvent",
    "MessageStatusEvent",
    "MessageUndecryptableEvent",
    "MessageUnprocessedEvent",
    "MethodNotAllowed",
    "NotConnected",
    "NotFound",
    "NotOnWhatsApp",
    "NotVerified",
    "Operation",
    "OperationFailed",
    "OperationPending",
    "OperationRefused",
    "Outcome",
    "Participant",
    "Presence",
    "Problem",
    "RateLimited",
    "Reaction",
    "Receipt",
    "RefusedByWhatsApp",
    "Retry",
    "SendFailed",
    "Sent",
    "ServerError",
    "Session",
    "SessionCannotSend",
    "SessionChanges",
    "SessionInfo",
    "SessionQrEvent",
    "SessionStateEvent",
    "Status",
    "StorageUnavailable",
    "Takeover",
    "TimelineEntry",
    "Token",
    "TokenUsage",
    "Turn",
    "Unauthenticated",
    "UnexpectedAnswer",
    "Unreachable",
    "UnsupportedMediaType",
    "Usage",
    "WaitTimeout",
    "Webhook",
    "WebhookNotice",
    "Webhooks",
    "event_of",
]
