"""The request bodies of what phones do with groups."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.local.whatsapp.control.models import Body, Number, Picture

GroupId = Annotated[str, StringConstraints(pattern=r"^[0-9-]+@g\.us$")]
Numbers = Annotated[list[Number], Field(max_length=1023)]


class NewGroup(Body):
    """community: a community with its announcement group. parent: the community that a group belongs to."""

    owner: Number
    subject: str = Field(min_length=1, max_length=100)
    members: Numbers = Field(default_factory=list)
    hides_numbers: bool = False
    community: bool = False
    parent: GroupId | None = None


class ByMember(Body):
    by: Number


class GroupChange(ByMember):
    """What is given is changed. timer: in seconds. picture: a JPEG, empty to remove it."""

    subject: str | None = None
    description: str | None = None
    announcement: bool | None = None
    locked: bool | None = None
    timer: int | None = None
    approval: bool | None = None
    only_admins_add: bool | None = None
    picture: Picture | None = None


class MemberChange(ByMember):
    change: Literal["add", "remove", "promote", "demote", "approve", "reject"]
    members: Numbers = Field(min_length=1)


class Invitation(ByMember):
    revoke: bool = False


class Joining(ByMember):
    link: str
