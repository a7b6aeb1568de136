"""The assistant's settings, one row a session; the model's key is in it, encrypted, for functions/replies alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import Cursor, sql
from psycopg.rows import DictRow, class_row

from gateway.domain.assistant import DEFAULTS, GroupPolicy
from gateway.domain.prompts import Window
from gateway.domain.replies import ReplyRules
from gateway.domain.turns import Failure
from gateway.store.assistant import clocks
from gateway.store.columns import columns_of
from gateway.store.database import Connection

# What the owner of a session may set; the key has a function of its own.
SETTINGS: Final = frozenset(
    {
        "enabled", "system_prompt", "model", "base_url", "temperature", "max_tokens", "history_messages",
        "history_tokens", "history_hours", "debounce_seconds", "max_age_seconds", "groups", "allow", "deny",
        "takeover_minutes", "fallback_text", "daily_tokens", "keep_prompts", "language", "time_zone", "disclose",
        "disclosure_text", "unseen_media",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssistantConfig:
    """A row of ai_configs without the key; the defaults are the table's.

    `model` and `base_url` are the platform's where None.
    """

    session_id: UUID
    enabled: bool = DEFAULTS.enabled
    system_prompt: str = DEFAULTS.system_prompt
    model: str | None = None
    base_url: str | None = None
    key_last4: str | None = None
    temperature: float | None = None
    max_tokens: int = DEFAULTS.max_tokens
    history_messages: int = DEFAULTS.history_messages
    history_tokens: int = DEFAULTS.history_tokens
    history_hours: int = DEFAULTS.history_hours
    debounce_seconds: int = DEFAULTS.debounce_seconds
    max_age_seconds: int = DEFAULTS.max_age_seconds
    groups: str = DEFAULTS.groups
    allow: tuple[str, ...] | list[str] = ()
    deny: tuple[str, ...] | list[str] = ()
    takeover_minutes: int = DEFAULTS.takeover_minutes
    fallback_text: str | None = None
    daily_tokens: int | None = DEFAULTS.daily_tokens
    keep_prompts: bool = DEFAULTS.keep_prompts
    language: str | None = DEFAULTS.language
    time_zone: str = DEFAULTS.time_zone
    disclose: bool = DEFAULTS.disclose
    disclosure_text: str | None = None
    unseen_media: str = DEFAULTS.unseen_media
    failures: int = 0
    paused_until: datetime | None = None
    problem: str | None = None
    problem_detail: str | None = None
    problem_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def rules(self) -> ReplyRules:
        return ReplyRules(
            self.enabled,
            GroupPolicy(self.groups),
            frozenset(self.allow),
            frozenset(self.deny),
            timedelta(seconds=self.max_age_seconds),
        )

    @property
    def uses_platform_key(self) -> bool:
        """Whether the platform pays: its key is never shown to a service that the session chose."""
        return self.key_last4 is None and self.base_url is None

    @property
    def window(self) -> Window:
        return Window(self.history_messages, self.history_tokens, timedelta(hours=self.history_hours))


_COLUMNS = columns_of(AssistantConfig)


def get(connection: Connection, session_id: UUID) -> AssistantConfig:
    """Return a session's settings; the defaults, switched off, where nothing was ever set."""
    return ask(connection, session_id).fetchone() or AssistantConfig(session_id)


def ask(connection: Connection, session_id: UUID) -> Cursor[AssistantConfig]:
    """Ask for a session's settings, to be read together with other answers; nothing where nothing was ever set."""
    return _ask(connection, "session_id = %s", session_id)


def ask_of_turn(connection: Connection, turn_id: UUID) -> Cursor[AssistantConfig]:
    """Ask for what ask() does, for the session of a turn."""
    return _ask(connection, "session_id = (SELECT session_id FROM gateway.turns WHERE id = %s)", turn_id)


def _ask(connection: Connection, where: LiteralString, id: UUID) -> Cursor[AssistantConfig]:
    return connection.cursor(row_factory=class_row(AssistantConfig)).execute(
        f"SELECT {_COLUMNS} FROM gateway.ai_configs WHERE {where}",  # noqa: S608
        [id],
    )


def put(connection: Connection, session_id: UUID, changes: dict[str, Any]) -> AssistantConfig:
    """Set some of SETTINGS, leave the rest, and return all. Raises ValueError for other names, InvalidInput.

    The change may have solved the last problem, so that is cleared.
    """
    if unknown := changes.keys() - SETTINGS:
        raise ValueError(f"no settings of the assistant: {sorted(unknown)}")
    if "time_zone" in changes:
        clocks.require_zone(connection, changes["time_zone"])
    connection.execute("INSERT INTO gateway.ai_configs (session_id) VALUES (%s) ON CONFLICT DO NOTHING", [session_id])
    assignments = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in changes]
    connection.execute(
        sql.SQL(
            "UPDATE gateway.ai_configs SET {} failures = 0, paused_until = NULL, problem = NULL,"
            " problem_detail = NULL, problem_at = NULL, updated_at = now() WHERE session_id = %s"
        ).format(sql.SQL("").join([sql.SQL("{}, ").format(assignment) for assignment in assignments])),
        [*changes.values(), session_id],
    )
    return get(connection, session_id)


def set_key(connection: Connection, session_id: UUID, ciphertext: bytes | None, last4: str | None) -> None:
    """Replace or remove the encrypted key of a session that has settings."""
    connection.execute(
        "UPDATE gateway.ai_configs SET key_ciphertext = %s, key_last4 = %s WHERE session_id = %s",
        [ciphertext, last4, session_id],
    )


def encrypted_key(connection: Connection, session_id: UUID) -> bytes | None:
    """Return the encrypted key, if any; only the database role of functions/replies may read it."""
    return key_in(ask_encrypted_key(connection, session_id))


def ask_encrypted_key(connection: Connection, session_id: UUID) -> Cursor[DictRow]:
    """Ask for the encrypted key, to be read together with other answers by key_in()."""
    return connection.execute("SELECT key_ciphertext FROM gateway.ai_configs WHERE session_id = %s", [session_id])


def key_in(asked: Cursor[DictRow]) -> bytes | None:
    """Return the key that was asked for."""
    row = asked.fetchone()
    return bytes(row["key_ciphertext"]) if row and row["key_ciphertext"] is not None else None


def record_success(connection: Connection, session_id: UUID) -> None:
    """Clear the failures and the last problem: the model has replied."""
    connection.execute(
        "UPDATE gateway.ai_configs SET failures = 0, paused_until = NULL, problem = NULL, problem_detail = NULL,"
        " problem_at = NULL WHERE session_id = %s AND (failures > 0 OR problem IS NOT NULL)",
        [session_id],
    )


def record_problem(
    connection: Connection, session_id: UUID, problem: Failure, detail: str | None, *, pause: timedelta, after: int
) -> None:
    """Count a failure; from the `after`th in a row on, pause the assistant for `pause` each time."""
    connection.execute(
        """
        UPDATE gateway.ai_configs SET failures = failures + 1, problem = %(problem)s, problem_detail = %(detail)s,
            problem_at = clock_timestamp(),
            paused_until = CASE WHEN failures + 1 >= %(after)s THEN clock_timestamp() + %(pause)s
                                ELSE paused_until END
        WHERE session_id = %(session)s
        """,
        {"session": session_id, "problem": problem, "detail": detail, "pause": pause, "after": after},
    )
