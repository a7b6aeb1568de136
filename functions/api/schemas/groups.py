"""Groups as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from functions.api.schemas.pictures import EXAMPLE_URL, KnownPicture, PictureUrl, picture_fields
from gateway.domain.groups import (
    MAX_DESCRIPTION,
    MAX_PARTICIPANTS,
    MAX_SUBJECT,
    ParticipantAction,
    ParticipantReason,
    Role,
)
from gateway.domain.media import media_path
from gateway.schemas.base import Moment, RequestBody, ResponseBody, Text, shown
from gateway.store.group_pages import ShownGroup, ShownParticipant

_CHAT_ID = "0198c7a6-1b2b-7a1e-b0c4-5a7be1f0d2c3"
_PARTICIPANT: JsonDict = {
    "jid": "118367280017461@lid",
    "lid": "118367280017461@lid",
    "phoneNumber": "+4915112345678",
    "name": "Mara",
    "pictureUrl": None,
    "role": "member",
}
_GROUP: JsonDict = {
    "id": _CHAT_ID,
    "jid": "120363041234567890@g.us",
    "subject": "Elm Street 5",
    "description": "The house rules.",
    "picture": "available",
    "pictureUrl": EXAMPLE_URL,
    "announcement": False,
    "locked": True,
    "disappearingSeconds": 0,
    "isCommunity": False,
    "parentJid": None,
    "isMember": True,
    "role": "owner",
    "participantCount": 3,
    "readAt": "2026-08-21T09:40:02.000Z",
}


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("Say something.")
    return text.strip()


Subject = Annotated[Text, AfterValidator(_said), Field(max_length=MAX_SUBJECT, examples=["Elm Street 5"])]
Person = Annotated[Text, Field(max_length=64, examples=["+4915112345678"])]
People = Annotated[
    list[Person],
    Field(min_length=1, max_length=MAX_PARTICIPANTS, description="Phone numbers, or JIDs of people."),
]


class GroupBody(ResponseBody):
    """A group, which is also a chat: `id` is that of the chat."""

    model_config = ConfigDict(json_schema_extra={"examples": [_GROUP]})

    id: UUID
    jid: str
    subject: str | None
    description: str | None
    picture: KnownPicture
    picture_url: PictureUrl
    announcement: bool = Field(description="Only admins may write.")
    locked: bool = Field(description="Only admins may change subject, description and picture.")
    disappearing_seconds: int | None = Field(description="After how long messages disappear; 0: never.")
    is_community: bool
    parent_jid: str | None = Field(description="The community that it belongs to.")
    is_member: bool = Field(description="Whether the number is in it now.")
    role: Role | None = Field(description="The number's own role; null where it is not in the group.")
    participant_count: int
    read_at: Moment = Field(description="When WhatsApp was asked for all of it; events have kept it current since.")

    @classmethod
    def fields_of(cls, group: ShownGroup) -> dict[str, Any]:
        return {
            "id": group.chat_id,
            "jid": group.jid,
            "subject": group.subject,
            "description": group.description,
            **picture_fields(group.session_id, group.picture_state, group.picture_file),
            "announcement": group.announcement,
            "locked": group.locked,
            "disappearing_seconds": group.disappearing_seconds,
            "is_community": group.is_community,
            "parent_jid": group.parent_jid,
            "is_member": group.is_member,
            "role": group.role,
            "participant_count": group.participant_count,
            "read_at": group.read_at,
        }

    @classmethod
    def of(cls, group: ShownGroup) -> GroupBody:
        return cls(**cls.fields_of(group))


class GroupPage(ResponseBody):
    """The chats that began last come first."""

    groups: list[GroupBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")


class ParticipantBody(ResponseBody):
    """Somebody in a group."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PARTICIPANT]})

    jid: str
    lid: str | None
    phone_number: str | None = Field(description="Null where the group hides it.")
    name: str | None = Field(description="Of who wrote to the number before.")
    picture_url: PictureUrl
    role: Role

    @classmethod
    def of(cls, session_id: UUID, person: ShownParticipant) -> ParticipantBody:
        return cls(
            jid=person.jid,
            lid=person.lid,
            phone_number=person.phone_number,
            name=person.name,
            picture_url=media_path(session_id, person.picture_file) if person.picture_file else None,
            role=Role(person.role),
        )


class OutcomeBody(ResponseBody):
    """What became of one participant: done, or not, for a reason."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"jid": "4915112345678@s.whatsapp.net", "reason": "invite_only", "inviteCode": "Ab12Cd34Ef56"}]
        }
    )

    jid: str
    reason: ParticipantReason | None = Field(description="Why it was not done; null where it was.")
    invite_code: str | None = Field(description="Who must be asked can be invited by this.")


class GroupDetail(GroupBody):
    """A group with who is in it; `refused` are those who could not be added to a new one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_GROUP, "participants": [_PARTICIPANT]}]})

    participants: list[ParticipantBody]
    refused: list[OutcomeBody] = Field([], exclude_if=lambda refused: not refused)

    @classmethod
    def with_people(
        cls, group: ShownGroup, people: list[ShownParticipant], refused: list[dict[str, Any]] | None = None
    ) -> GroupDetail:
        return cls(
            **cls.fields_of(group),
            participants=[ParticipantBody.of(group.session_id, person) for person in people],
            refused=[OutcomeBody(**outcome) for outcome in refused or []],
        )


class Outcomes(ResponseBody):
    """One for each participant."""

    participants: list[OutcomeBody]


class CreateGroup(RequestBody):
    """A new group."""

    model_config = shown({"subject": "Elm Street 5", "participants": ["+4915112345678"]})

    subject: Subject
    participants: Annotated[
        list[Person],
        Field(default_factory=list, max_length=MAX_PARTICIPANTS, description="Phone numbers, or JIDs of people."),
    ]


class ChangeGroup(RequestBody):
    """What is to be different; what is left out stays."""

    model_config = shown({"subject": "Elm Street 5", "announcement": True})

    subject: Subject | None = None
    description: Annotated[Text | None, Field(max_length=MAX_DESCRIPTION, description="Empty removes it.")] = None
    announcement: Annotated[bool | None, Field(description="Only admins may write.")] = None
    locked: Annotated[bool | None, Field(description="Only admins may change what describes the group.")] = None
    disappearing_seconds: Annotated[
        Literal[0, 86_400, 604_800, 7_776_000] | None, Field(description="0 for never; a day, a week or 90 days.")
    ] = None
    picture: Annotated[
        UUID | None, Field(description="The id of an upload: a JPEG of at most 1 MiB, best a square.")
    ] = None

    @model_validator(mode="after")
    def _changes_something(self) -> ChangeGroup:
        if not self.model_dump(exclude_none=True):
            raise ValueError("Name something to change.")
        return self


class ChangePeople(RequestBody):
    """Who is meant."""

    model_config = shown({"participants": ["+4915112345678"]})

    participants: People


class RankPeople(RequestBody):
    """Who becomes an admin, or is none any more."""

    model_config = shown({"action": "promote", "participants": ["+4915112345678"]})

    action: Literal[ParticipantAction.PROMOTE, ParticipantAction.DEMOTE]
    participants: People


class InviteBody(ResponseBody):
    """By this link anybody can join."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"link": "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv"}]}
    )

    link: str


class JoinGroup(RequestBody):
    """An invite link, or its code."""

    model_config = shown({"link": "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv"})

    link: Annotated[Text, Field(max_length=200)]


class JoinedBody(ResponseBody):
    """Whether the number is in the group now, or an admin has to approve first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "joined", "group": _GROUP}]})

    status: Literal["joined", "pending"]
    group: GroupBody | None = Field(description="Null while an admin has to approve; then `group.joined` tells it.")
