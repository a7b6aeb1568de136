"""whatsmeow's own tables: devices, the secrets of messages, and which number a LID belongs to.

They are in a schema of their own, which the search_path of the role that logs in leads to; every function here expects
such a connection.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import LiteralString
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from psycopg.rows import tuple_row

from connector.whatsapp.errors import StoreUnavailable, parse_error
from connector.whatsapp.go_logging import log_callback
from connector.whatsapp.jids import LID_SERVER, STATUS_JID, USER_SERVER, without_device
from connector.whatsapp.library import gocode
from connector.whatsapp.message_secrets import MessageSecret
from gateway.store.connecting import CONNECT_SECONDS, connect

log = logging.getLogger(__name__)

# Any number, the same in every process that migrates this database.
MIGRATION_LOCK = 7_236_109_521_771
LOCK_POLL_SECONDS = 0.1
# A client that gets no connection while it runs cannot decrypt what it receives (measured): some are left to those.
STARTING_SHARE = 0.75
DAY_SECONDS = 86400.0
# Whoever reads the table while a column is to be added holds up all that comes later, for so long at most.
COLUMN_LOCK_MILLISECONDS = 1000
LOOPBACK = {"", "localhost", "127.0.0.1", "::1"}


def whatsmeow_dsn(url: str) -> str:
    """Return a DSN for both psycopg and Go's lib/pq, which knows no sslmode "prefer" and by itself has no timeout."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.setdefault("connect_timeout", str(CONNECT_SECONDS))
    if query.get("sslmode", "prefer") in ("prefer", "allow"):
        query["sslmode"] = "disable" if (parts.hostname or "") in LOOPBACK else "require"
    return urlunsplit(parts._replace(scheme="postgres", query=urlencode(query)))


def migrate(dsn: str, timeout: float = 60.0) -> None:
    """Bring whatsmeow's tables up to date, before any client starts: clients that do it concurrently race and fail.

    Raise StoreUnavailable.
    """
    try:
        with connect(dsn, tuple_row, autocommit=True) as connection:
            _lock(connection, time.monotonic() + timeout)
            response = gocode.GetAllDevices(dsn.encode(), log_callback)
        if response.startswith(b"error: "):
            raise parse_error(response.decode(errors="replace"))
        with connect(dsn, tuple_row, autocommit=True) as connection:
            _date_secrets(connection)
    except psycopg.OperationalError as error:
        raise StoreUnavailable("whatsmeow's store is not available") from error


def _lock(connection: psycopg.Connection, deadline: float) -> None:
    """Poll for the lock, held until the connection ends: pg_advisory_lock would block CREATE INDEX CONCURRENTLY."""
    while True:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK]).fetchone()
        if row == (True,):
            return
        if time.monotonic() > deadline:
            raise StoreUnavailable("another process has been migrating whatsmeow's store for too long")
        time.sleep(LOCK_POLL_SECONDS)


def _date_secrets(connection: psycopg.Connection) -> None:
    """Add a column with the time to the secrets, of which whatsmeow knows nothing; those there are count as new.

    Where the table is in use for long, as by a backup, the next process tries again.
    """
    if _first_value(
        connection,
        "SELECT 1 FROM pg_attribute WHERE attrelid = 'whatsmeow_message_secrets'::regclass"
        " AND attname = 'gateway_stored_at'",
    ):
        return
    connection.execute("SELECT set_config('lock_timeout', %s, false)", [str(COLUMN_LOCK_MILLISECONDS)])
    try:
        connection.execute(
            "ALTER TABLE whatsmeow_message_secrets"
            " ADD COLUMN IF NOT EXISTS gateway_stored_at timestamptz NOT NULL DEFAULT now()"
        )
    except psycopg.errors.LockNotAvailable:
        log.warning("the secrets of messages get their time later: their table is in use")


def exists(connection: psycopg.Connection, device_jid: str) -> bool:
    """Return whether the store has the device."""
    return _first_value(connection, "SELECT 1 FROM whatsmeow_device WHERE jid = %s", device_jid) is not None


def has_room(connection: psycopg.Connection) -> bool:
    """Return whether the role, whose connections are limited or not, has some left for a client that starts."""
    statement: LiteralString = """
        SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolconnlimit < 0 OR rolconnlimit * %s::float8 >=
            (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user))
    """
    return connection.execute(statement, [STARTING_SHARE]).fetchone() is not None


def delete(connection: psycopg.Connection, device_jid: str) -> bool:
    """Delete a device with all its keys, while no client runs it; False when there was none."""
    return connection.execute("DELETE FROM whatsmeow_device WHERE jid = %s", [device_jid]).rowcount > 0


def find_by_noise_key(connection: psycopg.Connection, noise_public: bytes) -> str | None:
    """Return the JID of the device that was linked by the QR code or pairing code with this key; None if none was."""
    for jid, private in connection.execute("SELECT jid, noise_key FROM whatsmeow_device"):
        if X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() == noise_public:
            return str(jid)
    return None


def find_message_id(connection: psycopg.Connection, device_jid: str, secret: bytes) -> str | None:
    """Return the id of the message sent with this secret.

    None: it was never written to the socket, before which whatsmeow stores the secret.
    """
    return _first_value(
        connection,
        "SELECT message_id FROM whatsmeow_message_secrets WHERE our_jid = %s AND key = %s",
        device_jid,
        secret,
    )


def saved_contact(
    connection: psycopg.Connection, device_jid: str, lid: str | None, phone_number: str | None
) -> tuple[str, str] | None:
    """Return LID (user@lid) and E.164 number of a person in the address book of the device's phone, by either of them.

    The map of LIDs is one for all devices of the store, so it alone tells a device what only another one was told. Nor
    do names that people give themselves show what a device knows: whatsmeow copies them to both addresses by that map.
    """
    row = connection.execute(
        """
        SELECT m.lid, m.pn FROM whatsmeow_lid_map m JOIN whatsmeow_contacts c ON c.their_jid = m.pn || %s
        WHERE c.our_jid = %s AND (m.lid = %s OR m.pn = %s) AND concat(c.first_name, c.full_name) <> ''
        """,
        [f"@{USER_SERVER}", device_jid, (lid or "").partition("@")[0], (phone_number or "").removeprefix("+")],
    ).fetchone()
    return (f"{row[0]}@{LID_SERVER}", f"+{row[1]}") if row else None


@dataclass(frozen=True, slots=True)
class SavedContact:
    """Somebody in the address book of a device's phone: LID (user@lid) and E.164 number, as far as known, and names."""

    lid: str | None
    phone_number: str | None
    saved_name: str
    business_name: str | None
    push_name: str | None


def address_book(connection: psycopg.Connection, device_jid: str) -> list[SavedContact]:
    """Return who is in the address book of the device's phone.

    Of who is saved by LID alone the number stays unknown, for the reason in saved_contact().
    """
    rows = connection.execute(
        """
        SELECT coalesce(m.lid || %(lid)s, CASE WHEN c.their_jid LIKE '%%' || %(lid)s THEN c.their_jid END),
            '+' || CASE WHEN c.their_jid LIKE '%%' || %(user)s THEN split_part(c.their_jid, '@', 1) END,
            coalesce(nullif(c.full_name, ''), c.first_name), nullif(c.business_name, ''), nullif(c.push_name, '')
        FROM whatsmeow_contacts c LEFT JOIN whatsmeow_lid_map m
            ON c.their_jid LIKE '%%' || %(user)s AND m.pn = split_part(c.their_jid, '@', 1)
        WHERE c.our_jid = %(device)s AND concat(c.first_name, c.full_name) <> '' ORDER BY c.their_jid
        """,
        {"device": device_jid, "lid": f"@{LID_SERVER}", "user": f"@{USER_SERVER}"},
    )
    return [SavedContact(*row) for row in rows]


def secrets_of(connection: psycopg.Connection, device_jid: str, message_id: str) -> list[MessageSecret]:
    """Return the secrets of the device's messages with this id, of which there may be one an author."""
    rows = connection.execute(
        "SELECT key, sender_jid FROM whatsmeow_message_secrets WHERE our_jid = %s AND message_id = %s LIMIT 8",
        [device_jid, message_id],
    )
    return [MessageSecret(bytes(key), without_device(sender_jid)) for key, sender_jid in rows]


def forget_secrets(connection: psycopg.Connection, device_jid: str, days: float) -> int:
    """Delete the secrets that the device has had for longer than that; what is sealed with them stays closed.

    Return how many; 0 where the table has no times yet.
    """
    try:
        return connection.execute(
            "DELETE FROM whatsmeow_message_secrets"
            " WHERE our_jid = %s AND gateway_stored_at < now() - make_interval(secs => %s)",
            [device_jid, days * DAY_SECONDS],
        ).rowcount
    except psycopg.errors.UndefinedColumn:
        connection.rollback()
        return 0


def number_answered(connection: psycopg.Connection, lid: str) -> str | None:
    """Return the E.164 number of a LID that a look-up by number has just answered; whatsmeow stores both, tells one."""
    user = _first_value(connection, "SELECT pn FROM whatsmeow_lid_map WHERE lid = %s", lid.partition("@")[0])
    return f"+{user}" if user else None


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A message that carried a secret, as whatsmeow stored it before delivering it; JIDs without device."""

    message_id: str
    chat_jid: str
    sender_jid: str
    is_from_me: bool


def watermark(connection: psycopg.Connection) -> str:
    """Return a point in the store's history for secrets_since(); valid for two billion transactions."""
    row = connection.execute("SELECT mod(pg_snapshot_xmin(pg_current_snapshot())::text::bigint, 4294967296)").fetchone()
    return str(row[0]) if row else "0"


def secrets_since(connection: psycopg.Connection, device_jid: str, since: str) -> Iterator[SecretRow]:
    """Yield the rows written after `since` (a watermark) or shortly before, but no status posts.

    By transaction: the time of a row, when its transaction began, would miss one that was slow. What an unclean end
    lost is among them; so are our own sends and, just after linking, rows of the history sync.
    """
    own = connection.execute("SELECT jid, lid FROM whatsmeow_device WHERE jid = %s", [device_jid]).fetchone() or ()
    own_jids = {without_device(jid) for jid in own if jid}
    rows = connection.execute(
        "SELECT message_id, chat_jid, sender_jid FROM whatsmeow_message_secrets"
        " WHERE our_jid = %s AND chat_jid <> %s AND age(xmin) <= age(%s::xid)",
        [device_jid, STATUS_JID, since],
    )
    for message_id, chat_jid, sender_jid in rows:
        yield SecretRow(message_id, chat_jid, sender_jid, sender_jid in own_jids)


def _first_value(connection: psycopg.Connection, query: LiteralString, *parameters: object) -> str | None:
    row = connection.execute(query, parameters).fetchone()
    return str(row[0]) if row else None
