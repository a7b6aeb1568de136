"""whatsmeow's own tables: devices, the secrets of messages, and which number a LID belongs to.

They live in a schema of their own, found by the search_path of the role that logs in; all here expects such a
connection.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import LiteralString
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from connector.whatsapp.errors import StoreUnavailable, from_go
from connector.whatsapp.golog import log_callback
from connector.whatsapp.jids import without_device
from connector.whatsapp.library import gocode

# Any number, the same in every process that migrates this database.
MIGRATION_LOCK = 7_236_109_521_771
LOCK_POLL_SECONDS = 0.1
CONNECT_TIMEOUT_SECONDS = 5
LOOPBACK = {"", "localhost", "127.0.0.1", "::1"}


def whatsmeow_dsn(url: str) -> str:
    """A postgresql:// URL as both psycopg and Go's lib/pq read it, which has no sslmode "prefer" and no timeout."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.setdefault("connect_timeout", str(CONNECT_TIMEOUT_SECONDS))
    if query.get("sslmode", "prefer") in ("prefer", "allow"):
        query["sslmode"] = "disable" if (parts.hostname or "") in LOOPBACK else "require"
    return urlunsplit(parts._replace(scheme="postgres", query=urlencode(query)))


def migrate(dsn: str, timeout: float = 60.0) -> None:
    """Bring whatsmeow's tables up to date, before any client starts: concurrent clients race in it and fail.

    Raises StoreUnavailable.
    """
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            _lock(connection, time.monotonic() + timeout)
            answer = gocode.GetAllDevices(dsn.encode(), log_callback)
    except psycopg.OperationalError as error:
        raise StoreUnavailable("whatsmeow's store is not available") from error
    if answer.startswith(b"error: "):
        raise from_go(answer.decode(errors="replace"))


def _lock(connection: psycopg.Connection, deadline: float) -> None:
    """Polled: a session that waits in pg_advisory_lock holds up CREATE INDEX CONCURRENTLY. Ends with the session."""
    while True:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK]).fetchone()
        if row == (True,):
            return
        if time.monotonic() > deadline:
            raise StoreUnavailable("another process has been migrating whatsmeow's store for too long")
        time.sleep(LOCK_POLL_SECONDS)


def exists(connection: psycopg.Connection, device_jid: str) -> bool:
    return _one(connection, "SELECT 1 FROM whatsmeow_device WHERE jid = %s", device_jid) is not None


def delete(connection: psycopg.Connection, device_jid: str) -> bool:
    """Forget a device with all its keys, while no client runs it; false when there was none."""
    return connection.execute("DELETE FROM whatsmeow_device WHERE jid = %s", [device_jid]).rowcount > 0


def find_by_noise_key(connection: psycopg.Connection, noise_public: bytes) -> str | None:
    """The device that was linked with the QR or code that carried this key, if linking got that far."""
    for jid, private in connection.execute("SELECT jid, noise_key FROM whatsmeow_device"):
        if X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() == noise_public:
            return str(jid)
    return None


def secret_row(connection: psycopg.Connection, device_jid: str, secret: bytes) -> str | None:
    """The id of the message sent with this secret; None: it never left. whatsmeow writes it before the socket."""
    return _one(
        connection,
        "SELECT message_id FROM whatsmeow_message_secrets WHERE our_jid = %s AND key = %s",
        device_jid,
        secret,
    )


def lid_for(connection: psycopg.Connection, phone_number: str) -> str | None:
    """The LID (user@lid) of an E.164 number, where known."""
    user = _one(connection, "SELECT lid FROM whatsmeow_lid_map WHERE pn = %s", phone_number.removeprefix("+"))
    return f"{user}@lid" if user else None


def phone_for(connection: psycopg.Connection, lid: str) -> str | None:
    """The E.164 number of a LID, where known."""
    user = _one(connection, "SELECT pn FROM whatsmeow_lid_map WHERE lid = %s", lid.partition("@")[0])
    return f"+{user}" if user else None


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A message that carried a secret, as whatsmeow noted it before it was handed on; addresses without device."""

    message_id: str
    chat_jid: str
    sender_jid: str
    is_from_me: bool


def watermark(connection: psycopg.Connection) -> str:
    """A point in the store's history for inbound_secrets_since(); valid for two billion transactions."""
    row = connection.execute("SELECT mod(pg_snapshot_xmin(pg_current_snapshot())::text::bigint, 4294967296)").fetchone()
    return str(row[0]) if row else "0"


def inbound_secrets_since(connection: psycopg.Connection, device_jid: str, since: str) -> Iterator[SecretRow]:
    """Rows written after `since` (a watermark) or at most shortly before; the table itself keeps no time.

    What an unclean end lost is among them; so are our own sends and, just after linking, rows of the history sync.
    """
    own = connection.execute("SELECT jid, lid FROM whatsmeow_device WHERE jid = %s", [device_jid]).fetchone() or ()
    own_jids = {without_device(jid) for jid in own if jid}
    rows = connection.execute(
        "SELECT message_id, chat_jid, sender_jid FROM whatsmeow_message_secrets"
        " WHERE our_jid = %s AND age(xmin) <= age(%s::xid)",
        [device_jid, since],
    )
    for message_id, chat_jid, sender_jid in rows:
        yield SecretRow(message_id, chat_jid, sender_jid, sender_jid in own_jids)


def _one(connection: psycopg.Connection, query: LiteralString, *parameters: object) -> str | None:
    row = connection.execute(query, parameters).fetchone()
    return str(row[0]) if row else None
