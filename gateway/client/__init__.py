"""The typed client of the gateway's API.

    from gateway.client import Gateway

    with Gateway("http://127.0.0.1:3001", api_key) as gateway:
        session = gateway.create_session("office")
        session.connect()
        print(session.status().qr_code)
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
from gateway.client.errors import (
    BodyTooLarge,
    ClientError,
    Conflict,
    DatabaseUnavailable,
    EncryptionUnavailable,
    FieldError,
    IdempotencyConflict,
    InternalError,
    InvalidInput,
    InvalidJson,
    InvalidPhoneNumber,
    MalformedRequest,
    MethodNotAllowed,
    NotConnected,
    NotFound,
    NotOnWhatsApp,
    Problem,
    RateLimited,
    RefusedByWhatsApp,
    SendFailed,
    ServerError,
    SessionCannotSend,
    Unauthenticated,
    UnexpectedAnswer,
    Unreachable,
    UnsupportedMediaType,
    WaitTimeout,
)
from gateway.client.filters import MessageFilters, SessionChanges
from gateway.client.gateway import Gateway
from gateway.client.models import (
    Attempt,
    Chat,
    Check,
    Event,
    Health,
    Message,
    Reaction,
    Sent,
    SessionInfo,
    Status,
    TimelineEntry,
)
from gateway.client.retry import Retry
from gateway.client.session import Session

__all__ = [
    "Assistant",
    "AsyncGateway",
    "AsyncSession",
    "Attempt",
    "BodyTooLarge",
    "Chat",
    "Check",
    "ClientError",
    "Conflict",
    "DatabaseUnavailable",
    "DayUsage",
    "EncryptionUnavailable",
    "Event",
    "FieldError",
    "Gateway",
    "Health",
    "IdempotencyConflict",
    "InternalError",
    "InvalidInput",
    "InvalidJson",
    "InvalidPhoneNumber",
    "MalformedRequest",
    "Message",
    "MessageFilters",
    "MethodNotAllowed",
    "NotConnected",
    "NotFound",
    "NotOnWhatsApp",
    "Problem",
    "RateLimited",
    "Reaction",
    "RefusedByWhatsApp",
    "Retry",
    "SendFailed",
    "Sent",
    "ServerError",
    "Session",
    "SessionCannotSend",
    "SessionChanges",
    "SessionInfo",
    "Status",
    "Takeover",
    "TimelineEntry",
    "TokenUsage",
    "Turn",
    "Unauthenticated",
    "UnexpectedAnswer",
    "Unreachable",
    "UnsupportedMediaType",
    "Usage",
    "WaitTimeout",
]
