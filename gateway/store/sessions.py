"""Sessions as the API makes, reads, changes and deletes them; what users want of them is in desired_state."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor, errors
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from gateway.domain.access import Reach
from gateway.domain.errors import IdempotencyConflict, InvalidInput, NotFound, SessionCannotSend
from gateway.domain.sessions import SENTENCES, DesiredState, Presented, Reason, SessionState, present
from gateway.domain.shards import shard_of
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.ids import new_id
from gateway.store.reach import parameters, within
from gateway.store.shard_locks import BOUND, LIVE

# The channels on which owners that listen are notified at commit: of what is wanted of a session, and of commands.
CHANNEL = "gateway_doorbell"
COMMANDS_CHANNEL = "gateway_commands"

# Whether the shard of the session `s` has an owner that lives, and one that hears NOTIFY: so does who has the lock.
_OWNED = f"EXISTS (SELECT FROM gateway.shard_leases l WHERE l.shard = s.shard AND {LIVE})"
_LISTENS = f"EXISTS (SELECT FROM gateway.shard_leases l WHERE l.shard = s.shard AND {BOUND})"

# The state of the session `s` that `Session.presented` has.
_PRESENTED = f"""CASE WHEN s.connection_status IN ('connected', 'connecting') AND NOT {_OWNED}
    THEN 'connecting' ELSE s.connection_status END"""

# Whether the session `s` should be connected and has no owner to do it, or only one that is about to leave it.
WITHOUT_OWNER = f"s.is_active AND s.desired_state = 'connected' AND (s.epoch < 0 OR NOT {_OWNED})"


@dataclass(frozen=True, slots=True)
class Session:
    """A row of whatsapp_sessions; `owned`: a live lease covers its shard; `listens`: its owner hears NOTIFY.

    `refusals`: logins refused in a row, the last to `refused_build`; `link_position`: the place among those to link;
    `as_of`: when it was read, by the clock of the database, as all its times are.
    """

    id: UUID
    user_profile_id: UUID
    session_name: str
    phone_number: str | None
    connection_status: str
    is_active: bool
    last_connected_at: datetime | None
    last_disconnected_at: datetime | None
    created_at: datetime
    updated_at: datetime
    desired_state: str
    external_id: str | None
    metadata: dict[str, str]
    media_policy: dict[str, Any] | None
    device_jid: str | None
    lid: str | None
    reason: str | None
    reason_detail: str | None
    reason_expires_at: datetime | None
    qr_code: str | None
    qr_expires_at: datetime | None
    qr_sets: int
    pairing_phone: str | None
    pairing_code: str | None
    pairing_key: bytes | None
    accounted_until: str | None
    refusals: int
    refused_build: str | None
    link_position: int | None
    status_read_at: datetime | None
    history: str
    history_days: int | None
    history_import: dict[str, Any] | None
    presence: str
    shard: int
    epoch: int
    owned: bool
    listens: bool
    as_of: datetime = field(compare=False)

    @property
    def state(self) -> SessionState:
        return SessionState(self.connection_status)

    @property
    def wanted(self) -> bool:
        """Whether its owner should keep it connected."""
        return self.is_active and self.desired_state == DesiredState.CONNECTED

    @property
    def presented(self) -> Presented:
        return present(self.state, Reason(self.reason) if self.reason else None, owned=self.owned)

    @property
    def sentence(self) -> str | None:
        """`presented.reason` in words for people."""
        reason = self.presented.reason
        if reason is None or reason is Reason.NO_OWNER:
            return reason and SENTENCES[reason]
        if reason is Reason.WAITING_TO_LINK and self.link_position:
            return f"{SENTENCES[reason]} Place in the queue: {self.link_position}."
        return self.reason_detail or SENTENCES[reason]


_COLUMNS = columns_of(Session, "s", owned=_OWNED, listens=_LISTENS, as_of="clock_timestamp()")
# For the owner itself, which knows and need not look at the locks.
_COLUMNS_FOR_OWNER = columns_of(Session, "s", owned="true", listens="true", as_of="clock_timestamp()")


def select(connection: Connection, where: str, parameters: dict[str, Any], *, by_owner: bool = False) -> list[Session]:
    """Return sessions by a condition over the alias `s`; `where` is a literal of this project, never input."""
    return ask(connection, where, parameters, by_owner=by_owner).fetchall()


def ask(connection: Connection, where: str, parameters: dict[str, Any], *, by_owner: bool = False) -> Cursor[Session]:
    """Ask for what select() returns, to be read together with other answers."""
    columns = _COLUMNS_FOR_OWNER if by_owner else _COLUMNS
    return connection.cursor(row_factory=class_row(Session)).execute(
        f"SELECT {columns} FROM gateway.whatsapp_sessions s WHERE {where}",  # noqa: S608
        parameters,
    )


def create(
    connection: Connection,
    user_profile_id: UUID,
    name: str,
    shards: int,
    *,
    session_id: UUID | None = None,
    external_id: str | None = None,
    metadata: dict[str, str] | None = None,
    idempotency_key: str | None = None,
    fingerprint: bytes | None = None,
) -> Session:
    """Insert a session and return it. Raises IdempotencyConflict, and InvalidInput for an unknown user profile.

    Where the user has made one with the same idempotency key before, that one is returned, whatever `session_id` says.
    """
    session_id = session_id or new_id()
    values = {
        "id": session_id,
        "user_profile_id": user_profile_id,
        "session_name": name,
        "external_id": external_id,
        "metadata": Jsonb(metadata or {}),
        "shard": shard_of(session_id, shards),
        "idempotency_key": idempotency_key,
        "fingerprint": fingerprint,
    }
    _insert(connection, values)
    if idempotency_key is not None:
        session_id = _made_with(connection, user_profile_id, idempotency_key, fingerprint)
    return get(connection, Reach(user_profile_id), session_id)


def _insert(connection: Connection, values: dict[str, Any]) -> None:
    places = ", ".join(f"%({name})s" for name in values)
    try:
        # The error of a statement shows where its result is read.
        connection.execute(
            f"INSERT INTO gateway.whatsapp_sessions ({', '.join(values)}) VALUES ({places})"  # noqa: S608
            " ON CONFLICT (user_profile_id, idempotency_key) DO NOTHING RETURNING id",
            values,
        ).fetchall()
    except errors.ForeignKeyViolation:
        raise InvalidInput("userProfileId", "There is no such user profile.") from None


def _made_with(connection: Connection, user_profile_id: UUID, key: str, fingerprint: bytes | None) -> UUID:
    """Return the id of the session that was made with an idempotency key. Raises IdempotencyConflict."""
    row = connection.execute(
        "SELECT id, fingerprint FROM gateway.whatsapp_sessions WHERE user_profile_id = %s AND idempotency_key = %s",
        [user_profile_id, key],
    ).fetchone()
    if row is None or row["fingerprint"] != fingerprint:
        raise IdempotencyConflict
    found: UUID = row["id"]
    return found


def get(connection: Connection, reach: Reach, session_id: UUID) -> Session:
    """Return a session within the reach. Raises NotFound for one that is deleted, or outside."""
    return found(ask_within(connection, reach, session_id))


def ask_within(connection: Connection, reach: Reach, session_id: UUID, *, lock: bool = False) -> Cursor[Session]:
    """Ask for what get() returns, or lock(), to be read by found() together with other answers."""
    where = f"s.id = %(id)s AND s.is_active AND {within(reach)} {'FOR NO KEY UPDATE OF s' if lock else ''}"
    return ask(connection, where, {"id": session_id, **parameters(reach)})


def found(asked: Cursor[Session]) -> Session:
    """Return the session that was asked for. Raises NotFound."""
    if (session := asked.fetchone()) is None:
        raise NotFound("session")
    return session


def lock_by_id(connection: Connection, session_id: UUID) -> Session | None:
    """Lock a session's row until the transaction ends and return it, whoever's it is; None for a deleted one."""
    found = ask_locked(connection, session_id).fetchone()
    return found if found and found.is_active else None


def ask_locked(connection: Connection, session_id: UUID) -> Cursor[Session]:
    """Ask to lock a session's row, and for it, to be read together with other answers; a deleted one is not active."""
    return ask(connection, "s.id = %(id)s FOR NO KEY UPDATE OF s", {"id": session_id})


def page(
    connection: Connection,
    reach: Reach,
    before: UUID | None,
    limit: int,
    *,
    user_profile_id: UUID | None = None,
    status: SessionState | None = None,
    external_id: str | None = None,
) -> list[Session]:
    """Return sessions within the reach, newest first, older than `before`; `status` is the one that is presented."""
    only = {"user": user_profile_id, "external": external_id, "status": status, "before": before, "limit": limit}
    return select(
        connection,
        f"""{within(reach)} AND s.is_active AND (%(before)s::uuid IS NULL OR s.id < %(before)s)
            AND (%(user)s::uuid IS NULL OR s.user_profile_id = %(user)s)
            AND (%(external)s::text IS NULL OR s.external_id = %(external)s)
            AND (%(status)s::text IS NULL OR {_PRESENTED} = %(status)s) ORDER BY s.id DESC LIMIT %(limit)s""",
        {**parameters(reach), **only},
    )


def missing(connection: Connection, reach: Reach, session_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the sessions that are deleted or outside of the reach."""
    wanted = {"ids": list(session_ids), **parameters(reach)}
    found = select(connection, f"s.id = ANY(%(ids)s) AND s.is_active AND {within(reach)}", wanted)
    return set(session_ids) - {session.id for session in found}


def change(connection: Connection, reach: Reach, session_id: UUID, values: dict[str, Any]) -> Session:
    """Change what the user says of a session: name, external_id, metadata, media_policy, presence. Raises NotFound."""
    session = lock(connection, reach, session_id)
    changed = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}
    assignments = "".join(f"{name} = %({name})s, " for name in changed)
    connection.execute(
        f"UPDATE gateway.whatsapp_sessions SET {assignments} updated_at = now() WHERE id = %(id)s",  # noqa: S608
        {**changed, "id": session_id},
    )
    notify(connection, session)
    return get(connection, reach, session_id)


def delete(connection: Connection, reach: Reach, session_id: UUID) -> Session:
    """Hide the session for ever; its owner unlinks the number. Return it as it was."""
    session = lock(connection, reach, session_id)
    connection.execute(
        "UPDATE gateway.whatsapp_sessions SET is_active = false, desired_state = 'disconnected', updated_at = now()"
        " WHERE id = %s",
        [session_id],
    )
    notify(connection, session)
    return session


def notify(connection: Connection, session: Session) -> None:
    """Notify the owner at commit, where it listens; it is an extra, the queue's doorbell must suffice."""
    connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, notification_of(session)])


def notification_of(session: Session) -> str:
    """Return what is sent on the channel: the shard and the session."""
    return f"{session.shard}:{session.id}"


def require_can_send(session: Session) -> None:
    """Raise SessionCannotSend, saying what to do, when nothing will be sent until somebody acts."""
    if session.device_jid is None and session.state in (SessionState.CONNECTING, SessionState.QR_PENDING):
        raise SessionCannotSend("not_linked", "No number is linked yet: scan the QR code of the session's status.")
    if session.device_jid is None or session.state is SessionState.LOGGED_OUT:
        raise SessionCannotSend("not_linked", "No number is linked: connect the session and scan its QR code.")
    if not session.wanted or session.state is SessionState.DISCONNECTED:
        ended = session.sentence if session.state is SessionState.DISCONNECTED else None
        raise SessionCannotSend("disconnected", ended or "The session is disconnected: connect it to send.")


def lock(connection: Connection, reach: Reach, session_id: UUID) -> Session:
    """Lock a session's row until the transaction ends and return it. Raises NotFound as `get` does."""
    return found(ask_within(connection, reach, session_id, lock=True))
