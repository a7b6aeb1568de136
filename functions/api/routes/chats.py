"""Chats: list, search, mark as read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Path, Query, Request, Response

from functions.api.auth import ReaderDep, SenderDep
from functions.api.chat_lookup import named_chat
from functions.api.http import pagination
from functions.api.http.context import request_context
from functions.api.http.openapi_responses import problems
from functions.api.http.pagination import CursorDep, LimitDep, paginate
from functions.api.http.routing import KeyedRoute
from functions.api.schemas.chats import ChatBody, ChatKind, ChatPage, MarkRead, ReadAccepted
from functions.api.services import ServicesDep
from gateway.domain.commands import CommandKind
from gateway.schemas.related import related_to
from gateway.store import chats, commands, messages, receipts, sessions
from gateway.store.chats import Chat

router = APIRouter(prefix="/sessions/{session_id}/chats", tags=["chats"], route_class=KeyedRoute)

ChatPath = Annotated[
    str, Path(max_length=128, description="A chat's id, a phone number or a JID.", examples=["+4915112345678"])
]
# Chats are in the order of their last messages. Cursors of before name a chat in place of its last message: that all of
# the second come again skips none.
_CURSOR, _EARLIER_CURSOR = "chats-by-last", "chats"
_WHOLE_SECOND = UUID(int=(1 << 128) - 1)


@router.get("", summary="List chats", responses=problems(404))
def list_chats(
    session_id: UUID,
    caller: ReaderDep,
    services: ServicesDep,
    search: Annotated[
        str | None,
        Query(
            max_length=100, pattern=r"^[^\x00]*$", description="Part of a name or phone number, however it is written."
        ),
    ] = None,
    unread: Annotated[
        bool | None, Query(description="`true`: only with unread messages, `false`: only without.")
    ] = None,
    kind: Annotated[
        ChatKind | None, Query(description="Only of this kind; without it people, groups and other services.")
    ] = None,
    limit: LimitDep = 50,
    cursor: CursorDep = None,
) -> ChatPage:
    """Last active first, each with its last message and how many are unread.

    Status posts, channels and broadcast lists are listed by their `kind` only.
    """
    before = _place(cursor)
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        # A plus sign that was not encoded comes as a blank.
        wanted = search.strip() if search else None
        kinds = (kind,) if kind else chats.INBOX
        rows = chats.page(
            connection, session.id, search=wanted, kinds=kinds, unread=unread, before=before, limit=limit + 1
        )
        page, next_cursor = paginate(rows, limit, _cursor)
        last = messages.by_ids(connection, [chat.last_message_id for chat in page if chat.last_message_id])
        related = related_to(connection, last.values())
    bodies = [
        ChatBody.of(chat, last.get(chat.last_message_id) if chat.last_message_id else None, related) for chat in page
    ]
    return ChatPage(chats=bodies, next_cursor=next_cursor)


@router.post(
    "/{chat}/read",
    status_code=202,
    summary="Mark a chat as read",
    response_model=ReadAccepted,
    responses={204: {"description": "Nothing was unread."}, **problems(404, 409, body=True)},
)
def mark_chat_read(
    session_id: UUID,
    chat: ChatPath,
    request: Request,
    caller: SenderDep,
    services: ServicesDep,
    background: BackgroundTasks,
    body: MarkRead | None = None,
) -> ReadAccepted | Response:
    """Sends read receipts for everything unread in the chat; 409 `chat_cannot_be_read` where WhatsApp takes none.

    With `{"receipts": false}` only the account's own devices are told, as a phone does that hides when it has read.
    """
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        found = named_chat(connection, session.id, chat)
        if not receipts.are_due(connection, found):
            return Response(status_code=204)
        sessions.require_can_send(session)
        commands.enqueue(
            connection,
            session,
            CommandKind.MARK_READ,
            {"chatId": str(found.id)} | ({} if body is None or body.receipts else {"receipts": False}),
            expires_seconds=services.settings.command_expiry_seconds,
            correlation_id=request_context(request.scope).request_id,
        )
    background.add_task(services.notifier.wake_owner, session.shard, session.id)
    return ReadAccepted()


def _cursor(last: Chat) -> str:
    assert last.last_message_at is not None  # noqa: S101 - the page holds chats with messages only
    assert last.last_message_id is not None  # noqa: S101 - as above
    return pagination.encode(_CURSOR, last.last_message_at, last.last_message_id)


def _place(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None or not pagination.is_of(_EARLIER_CURSOR, cursor):
        return pagination.decode_time_and_id(_CURSOR, cursor)
    place = pagination.decode_time_and_id(_EARLIER_CURSOR, cursor)
    return place and (place[0], _WHOLE_SECOND)
