"""What limits a list, and what of a session can be changed: the named arguments of both clients, typed once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal, TypedDict

from gateway.client.calls import Id
from gateway.domain.messages import MessageStatus
from gateway.domain.presence import PresenceSetting


class MessageFilters(TypedDict, total=False):
    """What is given must hold of a message; None does not limit.

    - `ids`: our ids of up to 200 messages; unknown ones are left out.
    - `chat`: the id of a chat, a phone number or a JID. `direction`: `in` from others, `out` from this number.
    - `status`, `message_type`: as in Message. `message_id`: WhatsApp's id, such as another's `quoted_message_id`.
    - `since` (included) and `until`: of the `timestamp`; one without a zone is in that of this machine.
    - `search`: a part of the text or caption.
    """

    ids: Collection[Id] | None
    chat: Id | None
    direction: Literal["in", "out"] | None
    status: MessageStatus | str | None
    message_type: str | None
    message_id: str | None
    since: datetime | None
    until: datetime | None
    search: str | None


class SessionChanges(TypedDict, total=False):
    """What is not given stays as it is; `metadata` is replaced as a whole.

    None removes `external_id`. `media_policy` has `maxBytes` and `kinds`; None: all files are fetched. `presence` is
    `off`, `on_request` or `available`.
    """

    session_name: str
    external_id: str | None
    metadata: Mapping[str, str]
    media_policy: Mapping[str, Any] | None
    presence: PresenceSetting | str
