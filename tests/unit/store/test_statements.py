"""Statements that are executed often are parsed once."""

from __future__ import annotations

from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH

from gateway.store import incoming


def test_the_statement_that_stores_messages_is_short_enough_to_be_parsed_once() -> None:
    assert len(incoming._STORE.encode()) <= MAX_CACHED_STATEMENT_LENGTH
