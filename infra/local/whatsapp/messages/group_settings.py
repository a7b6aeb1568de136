"""What a group has beside its members: ranks, description, who may do what, invitations, its community."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """People are named by the user part of their LID, which outlives a change of number; times are Unix time.

    admins: beside the owner. timer: seconds after which messages disappear. left: those who went of their own will.
    invited: the codes of invitations to single people. requests: those who ask to join, with the time.
    parent: the id of the community; a community itself `is_parent`, its announcement group is the `default_sub_group`.
    """

    admins: tuple[str, ...] = ()
    subject_by: str = ""
    subject_at: int = 0
    description: str = ""
    description_id: str = ""
    description_by: str = ""
    description_at: int = 0
    announcement: bool = False
    locked: bool = False
    timer: int = 0
    approval: bool = False
    only_admins_add: bool = False
    invite: str = ""
    revoked: tuple[str, ...] = ()
    invited: tuple[tuple[str, str], ...] = ()
    requests: tuple[tuple[str, int], ...] = ()
    left: tuple[str, ...] = ()
    parent: str = ""
    is_parent: bool = False
    default_sub_group: bool = False

    def serialize(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def restore(cls, text: str) -> GroupSettings:
        stored = json.loads(text)
        return cls(**{field.name: _frozen(stored[field.name]) for field in fields(cls) if field.name in stored})


DEFAULT = GroupSettings()


def _frozen(value: Any) -> Any:  # noqa: ANN401 - what JSON has
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
