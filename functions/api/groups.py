"""Groups and people as callers name them, and groups that are read at WhatsApp before they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from starlette.concurrency import run_in_threadpool

from functions.api.chat_lookup import named_of_kind, named_person
from functions.api.operations import only, read_at_whatsapp
from functions.api.pictures import read_picture
from functions.api.queueing import SendRequest
from functions.api.schemas.groups import GroupDetail
from gateway.callers import Caller
from gateway.domain.errors import Conflict, OperationFailed
from gateway.domain.operations import ReadGroup, ReadGroups
from gateway.domain.sessions import SessionState
from gateway.store import group_pages, sessions
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.group_pages import ShownGroup
from gateway.store.operations import Asked
from gateway.store.sessions import Session


def group_at(connection: Connection, session_id: UUID, text: str) -> Chat:
    """Return the group that a path names by the chat's id or its JID. Raises NotFound."""
    return named_of_kind(connection, session_id, text, "group", "group")


def people_of(connection: Connection, session_id: UUID, texts: Sequence[str]) -> tuple[str, ...]:
    """Return the JIDs of people, each once. Raises InvalidPhoneNumber with the place of the wrong one."""
    people = [
        named_person(connection, session_id, text, f"participants.{place}").jid for place, text in enumerate(texts)
    ]
    return tuple(dict.fromkeys(people))


def detail_of(connection: Connection, asked: Asked) -> GroupDetail:
    """Return the group that an operation made or changed."""
    result = asked.result or {}
    group = group_pages.get(connection, asked.session_id, UUID(result["chatId"]))
    return GroupDetail.with_people(group, group_pages.participants(connection, group), result.get("refused"))


async def read_all(looking: SendRequest, caller: Caller, session_id: UUID) -> Session:
    """Return the session once its groups were all read, which is done once for a linked number; events follow.

    Raises NotFound, Conflict while the session is not connected, OperationFailed.
    """

    def known(connection: Connection) -> tuple[Session, bool]:
        session = sessions.get(connection, caller.reach, session_id)
        return session, session.device_jid is None or group_pages.are_read(connection, session)

    session, is_known = await run_in_threadpool(looking.services.database.ask, known)
    if not is_known:
        await read_at_whatsapp(looking, caller, session, only(ReadGroups()))
    return session


async def read_one(looking: SendRequest, caller: Caller, session_id: UUID, text: str) -> UUID:
    """Return the id of a group's chat, once the group was read lately, and its picture. Raises as read_all does."""

    def known(connection: Connection) -> tuple[Session, Chat, ShownGroup | None]:
        session = sessions.get(connection, caller.reach, session_id)
        chat = group_at(connection, session.id, text)
        return session, chat, group_pages.find(connection, session.id, chat.id)

    session, chat, group = await run_in_threadpool(looking.services.database.ask, known)
    is_old = group is not None and group.is_member and not group.is_fresh
    if group is None or (is_old and session.presented.state is SessionState.CONNECTED):
        await read_at_whatsapp(looking, caller, session, only(ReadGroup(chat.remote_jid)))
        session, chat, group = await run_in_threadpool(looking.services.database.ask, known)
    if group is not None and group.is_member and not group.picture_is_fresh:
        # A group is shown without the picture that WhatsApp does not give now.
        with suppress(Conflict, OperationFailed):
            await read_picture(looking, caller, session, chat.remote_jid)
    return chat.id
