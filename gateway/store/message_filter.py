"""Which messages a list of the `session` holds: conditions over the alias `m`, built from literals of this module."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.messages import MessageStatus
from gateway.store.ids import first_id
from gateway.store.searching import spelled_like

# By how much WhatsApp's clock may be ahead of ours. A message is stored after it was written, unless it was sent again:
# the ids of those since a moment are greater than the moment's, and where the list ends is known without reading older
# ones. PostgreSQL has a least uuid since version 18 only.
_CLOCKS_DIFFER_SECONDS = 86_400.0
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)

_CONDITIONS = {
    "ids": "m.id = ANY(%(ids)s)",
    "from_me": "m.from_me = %(from_me)s",
    "status": "m.status = %(status)s",
    "message_type": "m.message_type = %(message_type)s",
    "whatsapp_id": "m.message_id = %(whatsapp_id)s",
    "since": """m.timestamp >= %(since)s AND m.id >= (
        SELECT least(%(since_id)s, min(again.id::text)::uuid) FROM gateway.whatsapp_explorer_messages again
        WHERE again.session_id = %(session)s AND again.queued_at >= %(since)s - interval '1 day'
            AND again.earlier_attempts IS NOT NULL)""",
    "until": "m.timestamp < %(until)s",
    "text": "m.content ~ %(text)s",
}


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What is not None must hold; `since` is included, `until` is not, and `text` is a part of the content."""

    ids: tuple[UUID, ...] | None = None
    from_me: bool | None = None
    status: MessageStatus | None = None
    message_type: str | None = None
    whatsapp_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None

    def conditions(self) -> str:
        """Return the conditions as the end of a WHERE clause; what does not limit the list is not in it."""
        return "".join(f" AND {_CONDITIONS[name]}" for name in self._given())

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the conditions."""
        given = self._given()
        if self.ids is not None:
            given["ids"] = list(self.ids)
        if self.text is not None:
            given["text"] = spelled_like(self.text)
        if self.since is not None:
            given["since_id"] = first_id(max(self.since, _BEFORE_ALL) - timedelta(seconds=_CLOCKS_DIFFER_SECONDS))
        return given

    def _given(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


EVERY_MESSAGE = MessageFilter()
