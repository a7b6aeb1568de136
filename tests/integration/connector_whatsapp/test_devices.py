from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from psycopg import sql

from connector.whatsapp import devices
from connector.whatsapp.errors import StoreUnavailable
from infra.local.database import DatabaseUrls

JID = "4915112345678:3@s.whatsapp.net"
MIGRATE = "import sys; from connector.whatsapp.devices import migrate; migrate(sys.argv[1])"


@pytest.fixture
def dsn(database: DatabaseUrls) -> str:
    return devices.whatsmeow_dsn(database.whatsmeow)


@pytest.fixture
def connection(dsn: str) -> Iterator[psycopg.Connection]:
    devices.migrate(dsn)
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def add_device(connection: psycopg.Connection, jid: str = JID, lid: str = "100000000000001:3@lid") -> X25519PrivateKey:
    key = X25519PrivateKey.generate()
    values = {
        "jid": jid,
        "lid": lid,
        "registration_id": 1,
        "noise_key": key.private_bytes_raw(),
        "identity_key": secrets.token_bytes(32),
        "signed_pre_key": secrets.token_bytes(32),
        "signed_pre_key_id": 1,
        "signed_pre_key_sig": secrets.token_bytes(64),
        "adv_key": b"",
        "adv_details": b"",
        "adv_account_sig": secrets.token_bytes(64),
        "adv_account_sig_key": secrets.token_bytes(32),
        "adv_device_sig": secrets.token_bytes(64),
    }
    statement = sql.SQL("INSERT INTO whatsmeow_device ({}) VALUES ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(map(sql.Placeholder, values))
    )
    connection.execute(statement, values)
    return key


BOB = "100000000000002@lid"


def add_secret(
    connection: psycopg.Connection, message_id: str, secret: bytes, sender: str = BOB, chat: str = BOB
) -> None:
    connection.execute(
        "INSERT INTO whatsmeow_message_secrets VALUES (%s, %s, %s, %s, %s)",
        [JID, chat, sender, message_id, secret],
    )


def test_processes_that_migrate_at_once_all_succeed(dsn: str) -> None:
    children = [subprocess.Popen([sys.executable, "-c", MIGRATE, dsn]) for _ in range(4)]
    assert [child.wait(60) for child in children] == [0] * len(children)


def test_migrating_again_changes_nothing(connection: psycopg.Connection, dsn: str) -> None:
    add_device(connection)
    devices.migrate(dsn)
    assert devices.exists(connection, JID)


def test_whoever_holds_the_migration_lock_is_waited_for_in_vain_only_so_long(
    connection: psycopg.Connection, dsn: str
) -> None:
    connection.execute("SELECT pg_advisory_lock(%s)", [devices.MIGRATION_LOCK])
    with pytest.raises(StoreUnavailable):
        devices.migrate(dsn, timeout=0.3)


def test_a_store_out_of_reach_is_said_so(dsn: str) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        devices.migrate(dsn.replace("gateway_whatsmeow:", "gateway_whatsmeow:wrong"))
    assert "wrong" not in str(caught.value)


def test_the_driver_of_go_knows_no_option_for_its_sockets(dsn: str) -> None:
    """lib/pq hands what it does not know to the server; once it knows these, they belong into whatsmeow_dsn().

    The server takes `tcp_user_timeout`, for its own end of the connection.
    """
    for option in ("keepalives=1", "keepalives_idle=5"):
        psycopg.connect(f"{dsn}&{option}").close()
        with pytest.raises(StoreUnavailable):
            devices.migrate(f"{dsn}&{option}")


def test_the_tables_land_in_the_schema_that_the_role_names(connection: psycopg.Connection) -> None:
    row = connection.execute("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'whatsmeow_%'").fetchall()
    assert row == [("whatsmeow",)]
    assert connection.execute("SHOW idle_session_timeout").fetchone() == ("1min",)


def test_idle_connections_of_go_go_away_by_the_setting_of_the_role(dsn: str, database: DatabaseUrls) -> None:
    """whatsmeow never closes its pools; `ALTER ROLE … SET` is read at login, so the test's own value is enough."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'gateway_whatsmeow' AND datname = %s"
    with psycopg.connect(database.admin, autocommit=True) as admin:
        setting = sql.SQL("ALTER ROLE gateway_whatsmeow IN DATABASE {} SET idle_session_timeout = '300ms'")
        admin.execute(setting.format(sql.Identifier(database.name)))
        devices.migrate(dsn)
        assert admin.execute(query, [database.name]).fetchone() != (0,)
        deadline = time.monotonic() + 10
        while admin.execute(query, [database.name]).fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_device_is_found_by_the_key_of_its_code(connection: psycopg.Connection) -> None:
    keys = {jid: add_device(connection, jid, "") for jid in (JID, "4915100000001:1@s.whatsapp.net")}
    for jid, key in keys.items():
        assert devices.find_by_noise_key(connection, key.public_key().public_bytes_raw()) == jid
    assert devices.find_by_noise_key(connection, secrets.token_bytes(32)) is None


def test_a_deleted_device_takes_all_that_is_its_own(connection: psycopg.Connection) -> None:
    add_device(connection)
    add_secret(connection, "3EB0", b"s" * 32)
    assert devices.delete(connection, JID)
    assert not devices.exists(connection, JID)
    assert devices.find_message_id(connection, JID, b"s" * 32) is None
    assert not devices.delete(connection, JID)


def test_a_secret_names_its_message_only_for_its_device(connection: psycopg.Connection) -> None:
    add_device(connection)
    add_secret(connection, "3EB0", b"s" * 32)
    assert devices.find_message_id(connection, JID, b"s" * 32) == "3EB0"
    assert devices.find_message_id(connection, JID, b"t" * 32) is None
    assert devices.find_message_id(connection, "4915100000001:1@s.whatsapp.net", b"s" * 32) is None


def test_secrets_since_a_watermark_leave_out_what_is_older(connection: psycopg.Connection) -> None:
    add_device(connection)
    add_secret(connection, "OLD", b"a" * 32)
    since = devices.watermark(connection)
    add_secret(connection, "IN", b"b" * 32)
    add_secret(connection, "OUT", b"c" * 32, sender="100000000000001@lid")
    found = {row.message_id: row.is_from_me for row in devices.secrets_since(connection, JID, since)}
    assert found == {"IN": False, "OUT": True}


def test_a_transaction_still_open_at_the_watermark_is_not_missed(connection: psycopg.Connection, dsn: str) -> None:
    add_device(connection)
    with psycopg.connect(dsn) as slow:
        add_secret(slow, "SLOW", b"a" * 32)
        since = devices.watermark(connection)
    assert [row.message_id for row in devices.secrets_since(connection, JID, since)] == ["SLOW"]


def test_secrets_are_forgotten_by_their_age_and_their_device(connection: psycopg.Connection) -> None:
    others = "4915100000001:1@s.whatsapp.net"
    for jid in (JID, others):
        add_device(connection, jid, "")
    add_secret(connection, "OLD", b"o" * 32)
    connection.execute("INSERT INTO whatsmeow_message_secrets VALUES (%s, %s, %s, 'OLD', 'x')", [others, BOB, BOB])
    connection.execute("UPDATE whatsmeow_message_secrets SET gateway_stored_at = now() - interval '181 days'")
    add_secret(connection, "YOUNG", b"y" * 32)
    assert devices.forget_secrets(connection, JID, 180) == 1
    assert [secret.key for secret in devices.secrets_of(connection, JID, "YOUNG")] == [b"y" * 32]
    assert devices.secrets_of(connection, JID, "OLD") == []
    assert len(devices.secrets_of(connection, others, "OLD")) == 1


def test_a_table_in_use_gets_its_times_from_a_later_process(connection: psycopg.Connection, dsn: str) -> None:
    add_device(connection)
    add_secret(connection, "OLD", b"o" * 32)
    connection.execute("ALTER TABLE whatsmeow_message_secrets DROP COLUMN gateway_stored_at")
    with psycopg.connect(dsn) as reader:
        reader.execute("SELECT FROM whatsmeow_message_secrets")
        devices.migrate(dsn)
        assert devices.forget_secrets(connection, JID, 0) == 0
    devices.migrate(dsn)
    assert devices.forget_secrets(connection, JID, 180) == 0, "what was there counts as new"
    assert devices.forget_secrets(connection, JID, 0) == 1


def test_a_lid_that_was_answered_has_its_number(connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO whatsmeow_lid_map VALUES ('100000000000002', '4915112345678')")
    assert devices.number_answered(connection, "100000000000002@lid") == "+4915112345678"
    assert devices.number_answered(connection, "1@lid") is None


def test_only_who_saved_a_contact_knows_whose_lid_it_is(connection: psycopg.Connection) -> None:
    """The names that people give themselves are in the tables of both; whatsmeow writes them by its shared map."""
    others = "4915100000001:1@s.whatsapp.net"
    lid, number = "100000000000002@lid", "+4915112345678"
    connection.execute("INSERT INTO whatsmeow_lid_map VALUES ('100000000000002', '4915112345678')")
    for jid, full_name in ((JID, "Mara"), (others, None)):
        add_device(connection, jid, "")
        for their_jid in (lid, "4915112345678@s.whatsapp.net"):
            connection.execute(
                "INSERT INTO whatsmeow_contacts (our_jid, their_jid, full_name, push_name) VALUES (%s, %s, %s, 'M')",
                [jid, their_jid, full_name],
            )
    for known in ((lid, None), (None, number)):
        assert devices.saved_contact(connection, JID, *known) == (lid, number)
        assert devices.saved_contact(connection, others, *known) is None
    assert devices.saved_contact(connection, JID, "1@lid", None) is None


def test_status_posts_are_not_among_what_was_delivered(connection: psycopg.Connection) -> None:
    add_device(connection)
    since = devices.watermark(connection)
    add_secret(connection, "POST", b"s" * 32, chat="status@broadcast")
    assert not list(devices.secrets_since(connection, JID, since))
