"""Operations on presence."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from connector.sessions.client_calls import ClientCalls
from connector.sessions.operation_errors import Write
from connector.whatsapp.errors import NotConnected
from gateway.domain.operations import PresenceOperation, UnwatchPresence, WatchPresence
from gateway.domain.presence import PresenceSetting
from gateway.store import chats, presences
from gateway.store.fence import Fence


def carry_out(calls: ClientCalls, operation: PresenceOperation) -> Write:
    """Be available: the keeper asks for who is watched, once that is a row, and ends it. Raises WhatsAppError."""
    match operation:
        case WatchPresence():
            return _watch(calls, operation)
        case UnwatchPresence(chat_id=chat_id):
            return partial(_write_end, calls, UUID(chat_id))


def _watch(calls: ClientCalls, asked: WatchPresence) -> Write:
    if calls.client_run.subscriptions.presence is PresenceSetting.OFF:
        raise NotConnected("this connection hears of no presence")
    calls.call(lambda client: client.set_available(True))
    return partial(_write_watch, calls, asked)


def _write_watch(calls: ClientCalls, asked: WatchPresence, fence: Fence) -> dict[str, Any]:
    chat = chats.get(fence.connection, fence.session_id, UUID(asked.chat_id))
    presences.watch(fence.connection, fence.session_id, chat.id, asked.minutes * 60)
    calls.client_run.presence.look_again()
    return {"chatId": str(chat.id)}


def _write_end(calls: ClientCalls, chat_id: UUID, fence: Fence) -> dict[str, Any]:
    chat = chats.get(fence.connection, fence.session_id, chat_id)
    presences.end(fence.connection, chat.id)
    calls.client_run.presence.look_again()
    return {"chatId": str(chat.id)}
