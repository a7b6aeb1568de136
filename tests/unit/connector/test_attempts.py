from __future__ import annotations

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from connector.sessions.attempts import failure_of, interruption, is_outage, outage
from connector.whatsapp.errors import (
    ClientGone,
    MediaHostAway,
    NotConnected,
    OperationFailed,
    RequestRefused,
    RequestTimeout,
    SendRefused,
    StoreUnavailable,
)
from gateway.aws.media_storage import StorageUnavailable
from gateway.domain.errors import NotFound

LOOKUP_PAUSE = 120.0


@pytest.mark.parametrize(
    "error",
    [
        ValueError("+4915112345678"),
        KeyError("chatId"),
        NotFound("chat"),
        OperationFailed("odd"),
        RequestTimeout("WhatsApp did not answer"),
        SendRefused(429),
        psycopg.errors.QueryCanceled(),
        psycopg.errors.ProgramLimitExceeded(),
        psycopg.errors.UniqueViolation(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_fails_is_an_attempt_with_a_reason(error: Exception) -> None:
    failure = failure_of(error, 1, LOOKUP_PAUSE)
    assert (failure.counts, failure.error) == (True, "attempts_failed")
    assert failure.pause_seconds > 0
    assert "4915112345678" not in failure.detail


@pytest.mark.parametrize(
    "error",
    [
        NotConnected("lost"),
        ClientGone("ended"),
        StoreUnavailable("away"),
        psycopg.OperationalError("connection refused"),
        psycopg.errors.AdminShutdown(),
        psycopg.errors.CannotConnectNow(),
        psycopg.errors.TooManyConnections(),
        PoolTimeout(),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("is_lookup", [False, True])
def test_lost_connections_and_an_absent_database_are_no_attempts(error: Exception, *, is_lookup: bool) -> None:
    failure = failure_of(error, 1, LOOKUP_PAUSE, is_lookup=is_lookup)
    assert (failure.counts, failure.pause_seconds) == (False, 0.0)


def test_look_ups_are_repeated_after_minutes_and_after_a_rate_limit_later() -> None:
    failed = failure_of(RequestTimeout("no answer"), 1, LOOKUP_PAUSE, is_lookup=True)
    limited = failure_of(RequestRefused(429), 1, LOOKUP_PAUSE, is_lookup=True)
    assert failed.error == limited.error == "lookup_failed"
    assert 60 <= failed.pause_seconds <= 120
    assert 300 <= limited.pause_seconds <= 600
    assert "429" in limited.detail


def test_pauses_grow_with_each_attempt() -> None:
    assert failure_of(ValueError(), 4, LOOKUP_PAUSE).pause_seconds >= 8
    assert failure_of(RequestTimeout(), 3, LOOKUP_PAUSE, is_lookup=True).pause_seconds >= 240


def test_the_first_interruption_is_no_reason_to_wait() -> None:
    assert interruption(1).pause_seconds == 0
    assert interruption(2).pause_seconds > 0


@pytest.mark.parametrize("error", [StorageUnavailable("KMS.DisabledException"), MediaHostAway("answered 503")])
def test_while_a_part_is_away_a_file_waits_ever_longer_and_no_attempt_counts(error: Exception) -> None:
    assert is_outage(error)
    pauses = [outage(error, seconds).pause_seconds for seconds in (0.0, 60.0, 3600.0)]
    assert 1 <= pauses[0] <= 2 and 15 <= pauses[1] <= 30 and 150 <= pauses[2] <= 300
    assert not outage(error, 0.0).counts
