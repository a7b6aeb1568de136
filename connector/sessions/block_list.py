"""The block list of the account, which a phone changes, too: it is read by a command."""

from __future__ import annotations

from connector.sessions.client_run import ClientRun
from connector.sessions.owned_session import OwnedSession
from connector.whatsapp.connection import BlockListChanged, ConnectionEvent
from connector.whatsapp.errors import EventUnreadable, WhatsAppError
from gateway.store import contacts

# By what neonize names an event about it, and a part of one, that it could not encode.
_KINDS = ("BlocklistEvent", "BlocklistChange")


class BlockList:
    """Has it read once there is a connection, where it was not lately, and when WhatsApp tells of a change.

    Who is blocked is read then, not taken from what was told.
    """

    def __init__(self, owned_session: OwnedSession) -> None:
        self._owned_session = owned_session
        self._is_looked_at = False
        self._has_changed = False

    def hear(self, event: ConnectionEvent) -> None:
        """Remember that it has changed, where an event says so."""
        self._has_changed = self._has_changed or isinstance(event, BlockListChanged)

    def outlive(self, error: WhatsAppError | None) -> None:
        """Remember that it has changed, where a client ended over the event that said so."""
        is_own = isinstance(error, EventUnreadable) and error.kind in _KINDS
        self._has_changed = self._has_changed or is_own

    def advance(self, run: ClientRun) -> None:
        """Have it read, where it is time to and there is a connection."""
        if not run.connected or (self._is_looked_at and not self._has_changed):
            return
        with self._owned_session.fence() as fence:
            contacts.request_lists(fence, have_changed=self._has_changed)
        self._is_looked_at, self._has_changed = True, False
