"""A channel, a bot's chat or a group with a sender without address was marked as read, and no text left any more."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from gateway.domain.access import Reach
from gateway.domain.commands import CommandKind
from gateway.domain.outbound import Text
from gateway.domain.phone import Address, parse_recipient
from gateway.store import commands, incoming, messages, outgoing, sessions
from gateway.store.database import Database
from gateway.store.drafts import Draft
from gateway.store.fence import fenced
from gateway.store.incoming import Incoming
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import UNLIMITED, User, wait_for


def read_then_send(database: Database, user: User, session_id: UUID, jid: str, kind: str, to: str) -> tuple[UUID, UUID]:
    """Queue both in one transaction; return the id of the read receipts' command and that of the message."""
    nobody, now = Address(), datetime.now(UTC)
    came = Incoming("AB01", nobody, nobody, False, now, "text", "news", group_jid=jid, chat_kind=kind)
    with fenced(database, session_id, user.session(session_id).epoch) as fence:
        [stored] = incoming.store(fence, [came])
        assert stored
        payload = {"chatId": str(messages.get(fence.connection, session_id, stored).chat_id)}
        session = sessions.lock(fence.connection, Reach(user.id), session_id)
        command = commands.enqueue(fence.connection, session, CommandKind.MARK_READ, payload, expires_seconds=3600.0)
        draft = Draft(parse_recipient(to), Text("goes out"))
        return command, outgoing.queue(fence.connection, session, draft, UNLIMITED, 3600.0).id


def outcome(user: User, command_id: UUID) -> tuple[str, str | None]:
    with user.database.transaction() as connection:
        row = connection.execute("SELECT status, error FROM gateway.commands WHERE id = %s", [command_id]).fetchone()
    assert row
    return row["status"], row["error"]


@pytest.mark.parametrize(
    ("jid", "kind"),
    [
        ("120363020000000007@newsletter", "newsletter"),
        ("867051314767696@bot", "other"),
        ("120363020000000008@g.us", "group"),
        ("status@broadcast", "status"),
    ],
)
def test_a_text_leaves_after_all(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl, owners_database: Database, jid: str, kind: str
) -> None:
    session_id, tenant = guest.link(phone()), phone()
    command_id, message_id = read_then_send(owners_database, guest, session_id, jid, kind, tenant)
    whatsapp.wait_for_text(tenant, "goes out")
    guest.wait_for_status(session_id, message_id, "delivered")
    ended = wait_for(lambda: outcome(guest, command_id), lambda found: found[0] not in ("queued", "running"))
    assert ended == ("failed", "chat_cannot_be_read")
