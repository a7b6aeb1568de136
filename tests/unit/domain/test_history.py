from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.errors import InvalidInput
from gateway.domain.history import ANNOUNCED_EVERY, Chunk, HistoryImport, HistoryScope, HistoryWish, wish

NOW = datetime(2026, 8, 21, tzinfo=UTC)
BOOTSTRAP, RECENT = 0, 3


def after(*chunks: Chunk, messages: int = 1) -> HistoryImport:
    return HistoryImport().advanced(messages, chunks, NOW)


def test_it_is_whole_when_the_phone_says_so_and_no_chunk_is_missing() -> None:
    assert after(Chunk(RECENT, 3, 80), Chunk(BOOTSTRAP, 1, 20), Chunk(RECENT, 2, 100)).is_whole
    assert not after(Chunk(BOOTSTRAP, 1, 20), Chunk(RECENT, 2, 80)).is_whole
    assert not after(Chunk(RECENT, 1, 20), Chunk(RECENT, 3, 100)).is_whole


def test_the_progress_never_goes_back() -> None:
    assert after(Chunk(RECENT, 3, 90), Chunk(RECENT, 2, 40)).percent == 90
    assert after(Chunk(RECENT, 3, 900)).percent == 100
    assert after(Chunk(RECENT, None, None)).chunks == ()


def test_messages_after_the_end_begin_it_again_and_names_do_not() -> None:
    done = after(Chunk(BOOTSTRAP, 1, 100)).finished(3, NOW)
    assert (done.complete, done.chats, done.finished_at is not None) == (True, 3, True)
    assert done.advanced(0, [Chunk(4, 2, 100)], NOW).finished_at
    assert done.advanced(5, [], NOW).finished_at is None


def test_it_is_kept_as_a_document() -> None:
    done = after(Chunk(RECENT, 3, 90)).announced(2, NOW)
    assert HistoryImport.of(done.document()) == done
    assert HistoryImport.of(None) == HistoryImport()


def test_it_is_announced_now_and_then() -> None:
    told = after(Chunk(RECENT, 3, 90)).announced(2, NOW)
    assert HistoryImport().is_to_be_announced(NOW)
    assert not told.is_to_be_announced(NOW + ANNOUNCED_EVERY - timedelta(milliseconds=1))
    assert told.is_to_be_announced(NOW + ANNOUNCED_EVERY)


def test_days_are_of_a_history_that_is_asked_for() -> None:
    assert wish(HistoryScope.FULL, 30) == HistoryWish(HistoryScope.FULL, 30)
    assert wish(None, None) is None
    for scope in (None, HistoryScope.NONE):
        with pytest.raises(InvalidInput) as refused:
            wish(scope, 30)
        assert refused.value.field == "historyDays"
