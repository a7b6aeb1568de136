"""Groups: what the API returns, and its endpoints."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from pydantic.alias_generators import to_camel

from gateway.client.calls import Call, Id, Page, page_reader, path, post, query
from gateway.client.chats import Pictured
from gateway.client.models import Model
from gateway.client.operations import done, keyed
from gateway.domain.groups import ParticipantReason, Role


class Participant(Model):
    """Somebody in a group: `role` is `member`, `admin` or `owner`; `phone_number` is None where the group hides it."""

    jid: str
    lid: str | None = None
    phone_number: str | None = None
    name: str | None = None
    picture_url: str | None = None
    role: Role | str


class Outcome(Model):
    """What became of one participant: `reason` is None where it was done; `invite_code` invites who must be asked."""

    jid: str
    reason: ParticipantReason | str | None = None
    invite_code: str | None = None


class Group(Pictured):
    """A group; `id` is that of its chat.

    `announcement`: only admins may write; `locked`: only admins may change what describes it. `role` is the number's
    own. `participants` are there where one group was read; `refused` are those who could not be added to a new one.
    """

    id: UUID
    jid: str
    subject: str | None = None
    description: str | None = None
    announcement: bool = False
    locked: bool = False
    disappearing_seconds: int | None = None
    is_community: bool = False
    parent_jid: str | None = None
    is_member: bool = True
    role: Role | str | None = None
    participant_count: int = 0
    read_at: datetime | None = None
    participants: tuple[Participant, ...] = ()
    refused: tuple[Outcome, ...] = ()


class Joining(Model):
    """`status` is `joined`, or `pending` while an admin has to approve; then there is no `group` yet."""

    status: str
    group: Group | None = None


class GroupChanges(TypedDict, total=False):
    """What can be changed of a group; `picture` is the id of an upload."""

    subject: str
    description: str
    announcement: bool
    locked: bool
    disappearing_seconds: int
    picture: UUID


def groups(session_id: Id, cursor: str | None = None, limit: int | None = None) -> Call[Page[Group]]:
    """List the groups that the number is in."""
    parameters = query(cursor=cursor, limit=limit)
    return Call("GET", path("sessions", session_id, "groups"), page_reader("groups", Group.model_validate), parameters)


def group(session_id: Id, group_id: Id) -> Call[Group]:
    """Read a group with its participants."""
    return Call("GET", path("sessions", session_id, "groups", group_id), Group.model_validate)


def create(session_id: Id, subject: str, participants: Collection[str], key: str | None) -> Call[Group]:
    """Make a group."""
    body = {"subject": subject, "participants": list(participants)}
    return post(path("sessions", session_id, "groups"), done(Group.model_validate), body, key=key)


def change(session_id: Id, group_id: Id, changes: Mapping[str, object]) -> Call[Group]:
    """Change what describes a group."""
    body = {to_camel(name): str(value) if isinstance(value, UUID) else value for name, value in changes.items()}
    return keyed("PATCH", path("sessions", session_id, "groups", group_id), done(Group.model_validate), body)


def change_participants(
    session_id: Id, group_id: Id, method: str, participants: Collection[str], action: str | None = None
) -> Call[tuple[Outcome, ...]]:
    """Add (POST), remove (DELETE) or, with an `action`, promote or demote (PATCH)."""
    body = {"participants": list(participants), **({"action": action} if action else {})}
    return keyed(method, path("sessions", session_id, "groups", group_id, "participants"), done(_outcomes), body)


def invite(session_id: Id, group_id: Id, *, revoke: bool = False) -> Call[str]:
    """Read the invite link, or replace it."""
    where = path("sessions", session_id, "groups", group_id, "invite")
    read = done(lambda document: str(document["link"]))
    return keyed("DELETE", where, read) if revoke else Call("GET", where, read)


def join(session_id: Id, link: str) -> Call[Joining]:
    """Join the group of an invite link."""
    return post(path("sessions", session_id, "groups", "join"), done(Joining.model_validate), {"link": link})


def leave(session_id: Id, group_id: Id) -> Call[None]:
    """Leave a group."""
    return post(path("sessions", session_id, "groups", group_id, "leave"), done(lambda _: None))


def _outcomes(document: Any) -> tuple[Outcome, ...]:  # noqa: ANN401 - JSON
    return tuple(Outcome.model_validate(each) for each in document["participants"])
