"""What WhatsApp tells about groups and pictures, as rows and events."""

from __future__ import annotations

from typing import Any

from connector.sessions.inbound import address_of
from connector.whatsapp.group_events import GroupChanged, GroupJoined, PictureChanged
from connector.whatsapp.jids import WhatsAppAddress
from gateway.domain.events import EventType
from gateway.store import found_chats, groups, pictures, timers
from gateway.store.chats import Chat
from gateway.store.fence import Fence


def apply(fence: Fence, event: GroupChanged | GroupJoined | PictureChanged) -> None:
    """Bring the rows up to date, and tell who did it; a picture that was asked for before is asked for anew."""
    if isinstance(event, PictureChanged):
        pictures.refresh(fence, address_of(event.chat))
        return
    chat = found_chats.chat_at(fence, address_of(event.chat), event.chat.jid, "group")
    by = {"by": event.author.jid} if event.author else {}
    if isinstance(event, GroupJoined):
        _join(fence, chat, event, by)
    else:
        _change(fence, chat, event, by)


def _join(fence: Fence, chat: Chat, event: GroupJoined, by: dict[str, str]) -> None:
    groups.remember(fence, chat.id, event.group)
    fence.emit(EventType.GROUP_JOINED, {"chatId": str(chat.id), **by})


def _change(fence: Fence, chat: Chat, event: GroupChanged, by: dict[str, str]) -> None:
    described = {
        "description": event.description,
        "announcement": event.announcement,
        "locked": event.locked,
    }
    groups.describe(
        fence, chat.id, event.subject, {name: value for name, value in described.items() if value is not None}
    )
    if event.disappears_seconds is not None:
        timers.set_timer(fence.connection, chat.id, event.disappears_seconds, event.timestamp)
    if event.deleted:
        groups.leave(fence, chat.id)
    if event.new_picture:
        pictures.refresh(fence, event.chat.jid)
    if told := _told(event):
        fence.emit(EventType.GROUP_CHANGED, {"chatId": str(chat.id), **told, **by})
    for change, people in event.people.items():
        groups.move(fence, chat.id, change, [address_of(person) for person in people])
        data = {"chatId": str(chat.id), "change": change, "participants": _jids(people), **by}
        fence.emit(EventType.GROUP_PARTICIPANTS, data)


def _told(event: GroupChanged) -> dict[str, Any]:
    """Return what is new; empty where only people came or went, or what changed has no meaning here."""
    values = {
        "subject": event.subject,
        "description": event.description,
        "announcement": event.announcement,
        "locked": event.locked,
        "disappearingSeconds": event.disappears_seconds,
    }
    marks = {"newInviteLink": event.new_invite_link, "newPicture": event.new_picture, "deleted": event.deleted}
    return {name: value for name, value in values.items() if value is not None} | {
        name: True for name, is_set in marks.items() if is_set
    }


def _jids(people: tuple[WhatsAppAddress, ...]) -> list[str]:
    return [person.jid for person in people]
