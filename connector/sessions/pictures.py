"""Pictures of people and groups: WhatsApp is asked for one, and its file is to be fetched where it is a new one."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from connector.sessions.client_calls import ClientCalls
from connector.sessions.operation_errors import Write
from connector.whatsapp.errors import RequestRefused
from connector.whatsapp.jids import GROUP_SERVER
from connector.whatsapp.people_client import ProfilePicture
from gateway.domain import phone
from gateway.domain.contacts import PictureState
from gateway.store import chats, groups, pictures
from gateway.store.chats import Chat
from gateway.store.fence import Fence
from gateway.store.pictures import FoundPicture

_RATE_LIMITED = 429
_SERVER_ERRORS = 500


def read(calls: ClientCalls, jid: str) -> Write:
    """Ask for the picture of a person or group. Raises NotFound, WhatsAppError."""
    asked_at = datetime.now(UTC)
    whose = jid if jid.endswith(f"@{GROUP_SERVER}") else phone.address_of(jid)
    with calls.resources.database.transaction() as connection:
        chat = chats.find(connection, calls.owned_session.session_id, whose)
        known = pictures.known_id(connection, chat.id)
        is_community = groups.is_community(connection, chat.id)
    found = _ask(calls, chat.remote_jid, known, is_community)
    return partial(_write, chat, found, asked_at)


def _ask(calls: ClientCalls, jid: str, known: str | None, is_community: bool) -> ProfilePicture:
    """Return what WhatsApp shows; what it refuses for whatever reason is hidden, and not asked for again soon."""
    try:
        return calls.call(lambda client: client.picture(jid, known, is_community=is_community))
    except RequestRefused as refused:
        if refused.code == _RATE_LIMITED or refused.code >= _SERVER_ERRORS:
            raise
        return ProfilePicture(PictureState.HIDDEN)


def _write(chat: Chat, found: ProfilePicture, asked_at: datetime, fence: Fence) -> dict[str, Any]:
    source = {"url": found.url, "directPath": found.direct_path}
    told = {name: value for name, value in source.items() if value}
    kept = chats.get(fence.connection, fence.session_id, chat.id)
    pictures.record(fence, kept.id, FoundPicture(_state(found, told), found.id, told or None), asked_at)
    return {"chatId": str(kept.id)}


def _state(found: ProfilePicture, told: dict[str, str]) -> PictureState:
    """Return what to record: a new picture of which nothing says where it is cannot be shown."""
    return PictureState.HIDDEN if found.id and not told else found.state
