"""WhatsApp did not answer before a read receipt, and the session sent nothing for 75 seconds."""

from __future__ import annotations

from uuid import UUID

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway


def receipts(user: User, session_id: UUID) -> list[tuple[str, int, bool]]:
    """Return status, attempts and whether it waits of each command to send receipts, in their order."""
    with user.database.transaction() as connection:
        rows = connection.execute(
            "SELECT status, attempts, not_before > now() AS waits FROM gateway.commands"
            " WHERE session_id = %s AND kind = 'mark_read' ORDER BY seq",
            [session_id],
        ).fetchall()
    return [(row["status"], row["attempts"], row["waits"]) for row in rows]


def test_messages_leave_at_once_and_one_call_at_most_hangs(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """whatsmeow waits 75 s for the settings that say what kind of receipt to send."""
    whatsapp.fault(silentPrivacy=True)
    gateway.start_connector()
    office, tenant, other = phone(), phone(), phone()
    session_id = user.link(office)
    for number in (tenant, other):
        whatsapp.send(number, office, f"from {number}")
    user.wait_for_texts(session_id, *(f"from {number}" for number in (tenant, other)))
    user.read(session_id, tenant)
    user.read(session_id, other)
    for text in ("one", "two"):
        user.wait_for_status(session_id, user.send(session_id, tenant, text), "delivered", timeout=20)
    wait_for(lambda: receipts(user, session_id), lambda found: found == [("running", 1, True), ("queued", 0, True)])
