"""Whether the database is away, an event is at fault or we are is read from SQLSTATEs, not from psycopg's classes."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from gateway.domain.errors import NotFound
from gateway.store.failures import Cause, cause_of


@pytest.mark.parametrize(
    ("sqlstate", "cause"),
    [
        ("08006", Cause.AWAY),
        ("57P01", Cause.AWAY),
        ("57P02", Cause.AWAY),
        ("57P03", Cause.AWAY),
        ("53300", Cause.BUSY),
        ("53100", Cause.BUSY),
        ("40P01", Cause.BUSY),
        ("55P03", Cause.BUSY),
        ("25P03", Cause.BUSY),
        ("22021", Cause.DATA),
        ("23503", Cause.DATA),
        ("54000", Cause.DATA),
        ("54001", Cause.DATA),
        ("57014", Cause.OURS),
        ("08P01", Cause.OURS),
        ("42501", Cause.OURS),
        ("42P01", Cause.OURS),
        ("58030", Cause.OURS),
        ("XX000", Cause.OURS),
    ],
)
def test_a_sqlstate_has_a_cause(sqlstate: str, cause: Cause) -> None:
    assert cause_of(errors.lookup(sqlstate)("refused")) is cause


def test_no_error_of_the_server_that_says_something_of_its_own_is_taken_for_its_absence() -> None:
    """Of psycopg's OperationalErrors, few mean that the database is away."""
    known = {kind for kind in errors._sqlcodes.values() if issubclass(kind, psycopg.OperationalError)}
    away = {str(kind.sqlstate) for kind in known if cause_of(kind()) is Cause.AWAY}
    assert {sqlstate for sqlstate in away if not sqlstate.startswith("08")} == {"57P01", "57P02", "57P03", "57P04"}
    assert len(known) > 2 * len(away)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (PoolTimeout("no connection within 10 s"), Cause.BUSY),
        (PoolClosed("closed"), Cause.BUSY),
        (TooManyRequests("queue full"), Cause.BUSY),
        (psycopg.OperationalError("the connection is lost"), Cause.AWAY),
        (errors.ConnectionTimeout("connection timeout expired"), Cause.AWAY),
        (psycopg.OperationalError("connection failed: FATAL:  sorry, too many clients already"), Cause.BUSY),
        (psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"), Cause.DATA),
        (psycopg.ProgrammingError("cannot adapt type"), Cause.OURS),
        (NotFound("chat"), Cause.DATA),
        (ValueError("year 60000 is out of range"), Cause.DATA),
        (OverflowError("too large"), Cause.DATA),
        (RecursionError(), Cause.DATA),
        (OSError("no file left"), Cause.OURS),
        (RuntimeError(), Cause.OURS),
    ],
)
def test_without_a_sqlstate_the_class_tells(error: Exception, cause: Cause) -> None:
    assert cause_of(error) is cause
