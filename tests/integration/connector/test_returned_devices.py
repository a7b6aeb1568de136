"""A device that comes back while whatsmeow deletes it: the connector erases it once no client runs it.

whatsmeow saves the whole row when it learns the phone's name; a save that meets the deletion inserts it again.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway

# In place of that save, which cannot be timed: the first deletion of each device is undone.
RETURNING = """
CREATE TABLE whatsmeow.returned (jid text PRIMARY KEY);
CREATE FUNCTION whatsmeow.return_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO whatsmeow.returned VALUES (OLD.jid) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        INSERT INTO whatsmeow.whatsmeow_device SELECT OLD.*;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER return_once AFTER DELETE ON whatsmeow.whatsmeow_device
    FOR EACH ROW EXECUTE FUNCTION whatsmeow.return_once();
"""
ENDING = """
DROP TRIGGER return_once ON whatsmeow.whatsmeow_device;
DROP FUNCTION whatsmeow.return_once;
DROP TABLE whatsmeow.returned;
"""


@pytest.fixture
def admin(shared_gateway: Gateway) -> Iterator[psycopg.Connection]:
    """The first deletion of each device is undone meanwhile."""
    with psycopg.connect(shared_gateway.database.admin, autocommit=True) as connection:
        wait_for(lambda: _has_tables(connection), bool)
        connection.execute(RETURNING)
        yield connection
        connection.execute(ENDING)


def _has_tables(admin: psycopg.Connection) -> bool:
    """Return whether the connector, which has just started, has made whatsmeow's tables."""
    return admin.execute("SELECT to_regclass('whatsmeow.whatsmeow_device') IS NOT NULL").fetchone() == (True,)


def _returned(admin: psycopg.Connection) -> list[str]:
    return [row[0] for row in admin.execute("SELECT jid FROM whatsmeow.returned")]


def _in_store(admin: psycopg.Connection) -> list[str]:
    return [row[0] for row in admin.execute("SELECT jid FROM whatsmeow.whatsmeow_device")]


def test_a_device_removed_on_the_phone_is_erased(
    guest: User, admin: psycopg.Connection, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    number = phone()
    session_id = guest.link(number)
    device = guest.session(session_id).device_jid
    whatsapp.unlink(number)
    guest.wait_for_state(session_id, "logged_out")
    assert _returned(admin) == [device]
    assert device not in _in_store(admin)


def test_a_device_that_logged_out_is_erased(guest: User, admin: psycopg.Connection, phone: MakePhone) -> None:
    session_id = guest.link(phone())
    device = guest.session(session_id).device_jid
    guest.logout(session_id)
    guest.wait_for_state(session_id, "logged_out")
    assert _returned(admin) == [device]
    assert device not in _in_store(admin)
