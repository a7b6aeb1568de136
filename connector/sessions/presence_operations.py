"""Operations on presence."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from connector.sessions.client_calls import ClientCalls
from connector.sessions.operation_errors import Write
from connector.whatsapp.errors import NotConnected
from gateway.domain.operations import WatchPresence
from gateway.domain.presence import PresenceSetting
from gateway.store import chats, presences
from gateway.store.fence import Fence


def watch(calls: ClientCalls, asked: WatchPresence) -> Write:
    """Be available and ask for somebody's presence; the keeper ends the former in time. Raises WhatsAppError."""
    if calls.client_run.subscriptions.presence is PresenceSetting.OFF:
        raise NotConnected("this connection hears of no presence")
    calls.call(lambda client: client.set_available(True))
    calls.call(lambda client: client.subscribe_presence(asked.jid))
    return partial(_write, calls, asked)


def _write(calls: ClientCalls, asked: WatchPresence, fence: Fence) -> dict[str, Any]:
    chat = chats.get(fence.connection, fence.session_id, UUID(asked.chat_id))
    presences.watch(fence.connection, fence.session_id, chat.id, asked.minutes * 60)
    calls.client_run.presence.woken.set()
    return {"chatId": str(chat.id)}
