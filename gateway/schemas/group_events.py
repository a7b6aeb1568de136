"""Events of groups."""

from __future__ import annotations

from typing import Literal

from gateway.domain.events import EventType
from gateway.schemas.event_body import EventBody, example
from gateway.schemas.event_data import GroupChangedData, GroupJoinedData, GroupParticipantsData
from gateway.schemas.messages import RECEIVED

_CHAT_ID = RECEIVED["chatId"]
_LID = "118367280017461@lid"


class GroupJoinedEvent(EventBody):
    """The number is in a group now: it made it, was added, or came by a link."""

    model_config = example(EventType.GROUP_JOINED, {"chatId": _CHAT_ID, "by": _LID})
    type: Literal[EventType.GROUP_JOINED]
    data: GroupJoinedData


class GroupChangedEvent(EventBody):
    """Something that describes a group was changed, or the group was deleted."""

    model_config = example(EventType.GROUP_CHANGED, {"chatId": _CHAT_ID, "subject": "Elm Street 5", "by": _LID})
    type: Literal[EventType.GROUP_CHANGED]
    data: GroupChangedData


class GroupParticipantsEvent(EventBody):
    """Somebody joined or left a group, or became an admin of it, or is none any more."""

    model_config = example(
        EventType.GROUP_PARTICIPANTS,
        {"chatId": _CHAT_ID, "change": "joined", "participants": ["184759302716485@lid"], "by": _LID},
    )
    type: Literal[EventType.GROUP_PARTICIPANTS]
    data: GroupParticipantsData
