"""Operations on groups: the calls, then the rows as WhatsApp shows the group afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from connector.sessions.client_calls import ClientCalls
from connector.sessions.operation_errors import PartlyRefused, Unfit, Write
from connector.whatsapp.client import Client
from connector.whatsapp.errors import Refused
from connector.whatsapp.group_client import Outcome
from gateway.aws.media_storage import FileMissing
from gateway.domain.commands import CommandError
from gateway.domain.groups import MAX_PICTURE_BYTES, Group, participant_reason
from gateway.domain.operations import (
    ChangeGroup,
    ChangeParticipants,
    CreateGroup,
    GroupOperation,
    JoinGroup,
    LeaveGroup,
    ReadGroup,
    ReadGroups,
    ReadInvite,
)
from gateway.store import chats, groups, media, pictures
from gateway.store.fence import Fence

_JPEG = b"\xff\xd8\xff"
_FORBIDDEN = 403


def carry_out(calls: ClientCalls, operation: GroupOperation) -> Write:
    """Call WhatsApp. Raises WhatsAppError, PartlyRefused, Unfit."""
    match operation:
        case ReadGroups():
            found = calls.call(lambda client: client.joined_groups())
            return partial(_write_all, found)
        case ReadGroup(jid=jid):
            return partial(_write, calls.call(lambda client: client.group(jid)), {})
        case CreateGroup(subject=subject, participants=people):
            made, refused = calls.call(lambda client: client.create_group(subject, people))
            return partial(_write, made, {"refused": _told(refused)})
        case ChangeGroup() as change:
            return _change(calls, change)
        case ChangeParticipants(jid=jid, action=action, participants=people):
            outcomes = calls.call(lambda client: client.change_participants(jid, action, people))
            return partial(_write, calls.call(lambda client: client.group(jid)), {"outcomes": _told(outcomes)})
        case ReadInvite(jid=jid, revoke=revoke):
            link = calls.call(lambda client: client.group_invite(jid, revoke=revoke))
            return lambda _: {"link": link}
        case JoinGroup(code=code):
            return _join(calls, code)
        case LeaveGroup(jid=jid):
            calls.call(lambda client: client.leave_group(jid))
            return partial(_leave, jid)


def _change(calls: ClientCalls, change: ChangeGroup) -> Write:
    """Change one after the other. Raises PartlyRefused with what was changed before."""
    changed: list[str] = []
    for field, call in _changes(calls, change):
        try:
            calls.call(call)
        except Refused as refused:
            raise PartlyRefused(refused, field, {"changed": changed}) from refused
        changed.append(field)
    return partial(_write_changed, calls.call(lambda client: client.group(change.jid)), changed)


def _changes(calls: ClientCalls, change: ChangeGroup) -> Iterator[tuple[str, Callable[[Client], None]]]:
    jid = change.jid
    if (picture := change.picture) is not None:
        # What cannot be used is found out before anything is done.
        jpeg = _picture(calls, UUID(picture))
        yield "picture", lambda client: client.set_group_picture(jid, jpeg)
    if (subject := change.subject) is not None:
        yield "subject", lambda client: client.set_group_subject(jid, subject)
    if (description := change.description) is not None:
        yield "description", lambda client: client.set_group_description(jid, description)
    if (announcement := change.announcement) is not None:
        yield "announcement", lambda client: client.set_group_announcement(jid, announcement)
    if (locked := change.locked) is not None:
        yield "locked", lambda client: client.set_group_locked(jid, locked)
    if (seconds := change.disappearing_seconds) is not None:
        yield "disappearingSeconds", lambda client: client.set_group_timer(jid, seconds)


def _picture(calls: ClientCalls, media_id: UUID) -> bytes:
    """Return the bytes of an upload. Raises Unfit."""
    with calls.resources.database.transaction() as connection:
        file = media.get(connection, calls.owned_session.session_id, media_id)
    if file.storage_key is None:
        raise Unfit(CommandError.MEDIA_UNAVAILABLE)
    storage = calls.resources.media_storage
    try:
        # Of what was stored by a form nothing is known before it is sent.
        if (storage.size(file.storage_key) if file.size is None else file.size) > MAX_PICTURE_BYTES:
            raise Unfit(CommandError.MEDIA_REJECTED)
        data = b"".join(storage.read(file.storage_key))
    except FileMissing:
        raise Unfit(CommandError.MEDIA_UNAVAILABLE) from None
    if not data.startswith(_JPEG):
        raise Unfit(CommandError.MEDIA_REJECTED)
    return data


def _join(calls: ClientCalls, code: str) -> Write:
    """Ask to join; WhatsApp answers the same where an admin has to approve, and shows members alone the group."""
    jid = calls.call(lambda client: client.join_group(code))
    try:
        group = calls.call(lambda client: client.group(jid))
    except Refused as refused:
        if refused.code != _FORBIDDEN:
            raise
        return lambda _: {"joined": False}
    return partial(_write, group, {"joined": True})


def _write_all(found: Sequence[Group], fence: Fence) -> dict[str, Any]:
    groups.remember_all(fence, found)
    return {"count": len(found)}


def _write(group: Group, result: dict[str, Any], fence: Fence) -> dict[str, Any]:
    chat = chats.with_jid(fence.connection, fence.session_id, "group", group.jid)
    groups.remember(fence, chat.id, group)
    return {"chatId": str(chat.id), **result}


def _write_changed(group: Group, changed: list[str], fence: Fence) -> dict[str, Any]:
    if "picture" in changed:
        pictures.refresh(fence, group.jid)
    return _write(group, {"changed": changed}, fence)


def _leave(jid: str, fence: Fence) -> dict[str, Any]:
    chat = chats.with_jid(fence.connection, fence.session_id, "group", jid)
    groups.leave(fence, chat.id)
    return {"chatId": str(chat.id)}


def _told(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    return [
        {"jid": each.jid, "reason": participant_reason(each.code), "inviteCode": each.invite_code} for each in outcomes
    ]
