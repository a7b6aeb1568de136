"""The SQLite database that holds all state of the server that outlives its process."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS server_keys (name TEXT PRIMARY KEY, private BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS ports (name TEXT PRIMARY KEY, port INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (
    number TEXT PRIMARY KEY, lid TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at INTEGER NOT NULL,
    registration_id INTEGER NOT NULL, identity BLOB NOT NULL, signed_prekey BLOB NOT NULL, signature BLOB NOT NULL,
    last_device INTEGER NOT NULL DEFAULT 0, auto_receipts INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS devices (
    number TEXT NOT NULL, device INTEGER NOT NULL, registration_id INTEGER NOT NULL, identity BLOB NOT NULL,
    signed_id INTEGER NOT NULL, signed_prekey BLOB NOT NULL, signature BLOB NOT NULL,
    noise_key BLOB NOT NULL, adv BLOB NOT NULL, props BLOB NOT NULL DEFAULT x'', PRIMARY KEY (number, device));
CREATE TABLE IF NOT EXISTS prekeys (
    number TEXT NOT NULL, device INTEGER NOT NULL, id INTEGER NOT NULL, public BLOB NOT NULL,
    PRIMARY KEY (number, device, id));
CREATE TABLE IF NOT EXISTS phone_prekeys (
    id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, private BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS queue (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, device INTEGER NOT NULL,
    class TEXT NOT NULL, id TEXT NOT NULL, sender TEXT NOT NULL, stanza BLOB NOT NULL,
    UNIQUE (number, device, class, id, sender));
CREATE TABLE IF NOT EXISTS contacts (
    number TEXT NOT NULL, watcher TEXT NOT NULL, PRIMARY KEY (number, watcher)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signal_sessions (
    number TEXT NOT NULL, peer TEXT NOT NULL, device INTEGER NOT NULL, record BLOB NOT NULL,
    PRIMARY KEY (number, peer, device)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS phone_messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, peer TEXT NOT NULL, id TEXT NOT NULL,
    from_me INTEGER NOT NULL, sender_device INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    details TEXT NOT NULL, status TEXT NOT NULL, timestamp INTEGER NOT NULL, payload BLOB NOT NULL,
    author TEXT NOT NULL DEFAULT '', UNIQUE (number, peer, id, from_me));
CREATE INDEX IF NOT EXISTS phone_messages_seq ON phone_messages (number, seq);
CREATE INDEX IF NOT EXISTS phone_messages_id ON phone_messages (number, id);
CREATE TABLE IF NOT EXISTS group_chats (
    id TEXT NOT NULL, server TEXT NOT NULL, owner TEXT NOT NULL, subject TEXT NOT NULL, created_at INTEGER NOT NULL,
    members TEXT NOT NULL, hides_numbers INTEGER NOT NULL DEFAULT 0,
    settings TEXT NOT NULL DEFAULT '{}', PRIMARY KEY (id, server)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sender_keys (
    number TEXT NOT NULL, chat TEXT NOT NULL, author TEXT NOT NULL, device INTEGER NOT NULL, record BLOB NOT NULL,
    PRIMARY KEY (number, chat, author, device)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sender_key_holders (
    number TEXT NOT NULL, chat TEXT NOT NULL, holder TEXT NOT NULL, device INTEGER NOT NULL,
    PRIMARY KEY (number, chat, holder, device)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS status_audiences (
    number TEXT NOT NULL, viewer TEXT NOT NULL, PRIMARY KEY (number, viewer)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aliases (alias TEXT PRIMARY KEY, number TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS look_ups (number TEXT PRIMARY KEY, named TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS profiles (number TEXT PRIMARY KEY, profile TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pictures (owner TEXT PRIMARY KEY, id TEXT NOT NULL, path TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocked (
    number TEXT NOT NULL, blocked TEXT NOT NULL, PRIMARY KEY (number, blocked)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS app_state (
    number TEXT NOT NULL, collection TEXT NOT NULL, version INTEGER NOT NULL, patch BLOB NOT NULL,
    PRIMARY KEY (number, collection, version));
CREATE TABLE IF NOT EXISTS app_state_keys (number TEXT PRIMARY KEY, key_id BLOB NOT NULL, key BLOB NOT NULL);
"""
# A phone counts the changes of its messages; `changed` of a message is the number of its last one.
_CHANGES = """
CREATE INDEX IF NOT EXISTS phone_messages_changed ON phone_messages (number, changed);
CREATE TRIGGER IF NOT EXISTS phone_messages_added AFTER INSERT ON phone_messages BEGIN
    UPDATE phone_messages SET changed = (SELECT max(changed) FROM phone_messages WHERE number = new.number) + 1
    WHERE seq = new.seq; END;
CREATE TRIGGER IF NOT EXISTS phone_messages_updated
    AFTER UPDATE OF number, peer, author, text, details, status ON phone_messages BEGIN
    UPDATE phone_messages SET changed = (SELECT max(changed) FROM phone_messages WHERE number = new.number) + 1
    WHERE seq = new.seq; END;
"""
# Earlier versions of this server made databases without these columns, and with these tables under another name.
_ADDED_COLUMNS = (
    ("phone_messages", "author", "TEXT NOT NULL DEFAULT ''"),
    ("phone_messages", "by_number", "INTEGER NOT NULL DEFAULT 0"),
    ("group_chats", "hides_numbers", "INTEGER NOT NULL DEFAULT 0"),
    ("phone_messages", "changed", "INTEGER NOT NULL DEFAULT 0"),
    ("devices", "props", "BLOB NOT NULL DEFAULT x''"),
    ("group_chats", "settings", "TEXT NOT NULL DEFAULT '{}'"),
)
_RENAMED_TABLES = (("circles", "group_chats"),)


class Database:
    """Rows, and the actions that wait for their commit.

    What a handler writes and what it sends belong together: nothing is sent before its transaction is committed,
    so that after kill -9 no client has what the server has lost. One commit serves a whole turn of the event loop.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = sqlite3.connect(path)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._rename_tables()
        self._connection.executescript(_SCHEMA)
        self._add_columns()
        self._connection.executescript(_CHANGES)
        self._deferred: list[Callable[[], None]] = []
        self._scheduled = False

    def _rename_tables(self) -> None:
        for old, new in _RENAMED_TABLES:
            if self.row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", old):
                self.execute(f"ALTER TABLE {old} RENAME TO {new}")

    def _add_columns(self) -> None:
        for table, column, definition in _ADDED_COLUMNS:
            known = {row[0] for row in self.rows("SELECT name FROM pragma_table_info(?)", table)}
            if column not in known:
                self.execute(f"ALTER TABLE {table} ADD COLUMN {column} {definition}")

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as sqlite3 has it
        return self._connection.execute(statement, values)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
        return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> tuple[Any, ...] | None:  # noqa: ANN401
        found: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return found

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run the action once everything written up to now is durable, before the event loop waits again."""
        self._deferred.append(action)
        self.commit_soon()

    def commit_soon(self) -> None:
        """Commit at the end of this turn of the event loop."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self.commit)

    def commit(self) -> None:
        self._connection.commit()
        self._scheduled = False
        actions, self._deferred = self._deferred, []
        for action in actions:
            action()

    def close(self) -> None:
        self.commit()
        self._connection.close()
