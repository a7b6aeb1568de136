"""The log over all sessions: who follows it by its cursor sees each event once, however the writers commit."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from gateway.domain.access import EVERYTHING, Reach
from gateway.domain.errors import CursorExpired, InvalidInput
from gateway.domain.events import EventType
from gateway.store import event_log, events, sessions
from gateway.store.database import Connection, Database
from gateway.store.event_log import EARLIEST, EventFilter, LoggedEvent, Position
from gateway.store.ids import new_id
from gateway.store.maintenance import retention
from gateway.store.schema import migrate
from gateway.store.sessions import Session
from infra.local.database import DatabaseUrls
from tests.integration.store.conftest import Store

WRITERS = 8
TRANSACTIONS = 40
MakeSession = Callable[[], Session]


@pytest.fixture
def admin(module_database: DatabaseUrls) -> Iterator[Connection]:
    with psycopg.connect(module_database.admin, row_factory=dict_row, autocommit=True) as connection:
        yield connection


def emit(connection: Connection, session: Session, kind: EventType = EventType.CHAT_READ, **data: object) -> int:
    about = {"chatId": str(session.id)} if kind is EventType.CHAT_READ else {}
    events.emit(connection, session.id, kind, {**about, **data})
    [row] = connection.execute("SELECT event_seq FROM gateway.whatsapp_sessions WHERE id = %s", [session.id]).fetchall()
    return int(row["event_seq"])


def read(
    database: Database, reach: Reach, after: Position, limit: int = 100, only: EventFilter = event_log.EVERY_EVENT
) -> tuple[list[LoggedEvent], Position]:
    with database.transaction() as connection:
        return event_log.read(connection, reach, after, limit, only)


def numbers(found: list[LoggedEvent]) -> list[int]:
    return [event.position.seq for event in found]


def now(store: Store) -> Position:
    with store.functions.transaction() as connection:
        return event_log.latest(connection)


def begin(connection: Connection) -> None:
    """Have the transaction numbered now, before it writes an event."""
    connection.execute("SELECT pg_current_xact_id()")


class Writers:
    """Threads whose transactions are numbered, then wait, then write to one of the sessions and commit or roll back."""

    def __init__(self, database: Database, made: list[Session]) -> None:
        self._database = database
        self._sessions = made
        self._together = Barrier(WRITERS)

    def write(self, writer: int) -> list[tuple[UUID, int]]:
        """Return what one thread committed, by session and seq."""
        chance, committed = random.Random(writer), []
        for turn in range(TRANSACTIONS):
            try:
                with self._database.transaction() as connection:
                    begin(connection)
                    if turn % 4 == 0:
                        self._together.wait(60)
                    session = chance.choice(self._sessions)
                    written = [emit(connection, session, writer=writer) for _ in range(chance.randint(1, 3))]
                    connection.execute("SELECT pg_sleep(%s)", [chance.choice((0, 0, 0.002, 0.01))])
                    if chance.random() < 0.1:
                        raise LookupError
            except LookupError:
                continue
            committed += [(session.id, seq) for seq in written]
        return committed


def follow(database: Database, reach: Reach, limit: int, ended: Event, start: Position) -> list[LoggedEvent]:
    """Read by cursor, each given as text, until the writers have ended and nothing is left."""
    found: list[LoggedEvent] = []
    cursor = str(start)
    while True:
        last_round = ended.is_set()
        page, position = read(database, reach, Position.parse(cursor), limit)
        cursor = str(position)
        found += page
        if last_round and not page:
            return found


def test_readers_of_eight_writers_neither_skip_nor_repeat(
    module_database: DatabaseUrls, store: Store, make_session: MakeSession, user: UUID
) -> None:
    made = [make_session() for _ in range(4)]
    wide, ended, start = Database(module_database.functions, pool_size=WRITERS + 4), Event(), now(store)
    writers = Writers(wide, made)
    with ThreadPoolExecutor(WRITERS + 4) as pool:
        readers = [pool.submit(follow, wide, Reach(user), limit, ended, start) for limit in (1, 7, 200)]
        readers.append(pool.submit(follow, wide, EVERYTHING, 50, ended, start))
        writing = [pool.submit(writers.write, number) for number in range(WRITERS)]
        written = sorted(place for each in writing for place in each.result(100))
        ended.set()
        for reader in readers:
            found = [(event.position.session_id, event.position.seq) for event in reader.result(100)]
            assert sorted(found) == written
            assert_in_order(found)
    wide.close()


def assert_in_order(found: list[tuple[UUID, int]]) -> None:
    of_session = defaultdict(list)
    for session_id, seq in found:
        of_session[session_id].append(seq)
    assert all(seqs == sorted(seqs) for seqs in of_session.values())


def test_what_commits_late_is_not_skipped_and_holds_up_what_came_after(store: Store, make_session: MakeSession) -> None:
    slow, quick, start = make_session(), make_session(), now(store)
    reach = Reach(slow.user_profile_id)
    with store.connector.transaction() as connection:
        emit(connection, slow)
        with store.functions.transaction() as other:
            emit(other, quick)
        found, position = read(store.functions, reach, start)
        assert found == []
    found, _ = read(store.functions, reach, position)
    assert [event.position.session_id for event in found] == [slow.id, quick.id]


def test_within_a_session_the_order_is_that_of_seq_whoever_began_first(store: Store, make_session: MakeSession) -> None:
    session, start = make_session(), now(store)
    with store.connector.transaction() as first:
        begin(first)
        with store.functions.transaction() as second:
            begin(second)
            emit(second, session)
        emit(first, session)
    found, _ = read(store.functions, Reach(session.user_profile_id), start)
    assert numbers(found) == [1, 2]


def test_a_reader_gets_what_it_asks_for(store: Store, make_session: MakeSession) -> None:
    one, other, start = make_session(), make_session(), now(store)
    with store.functions.transaction() as connection:
        for kind in (EventType.CHAT_READ, EventType.SESSION_QR, EventType.CHAT_READ):
            emit(connection, one, kind)
        emit(connection, other)
    reach = Reach(one.user_profile_id)

    def shown(reach: Reach, only: EventFilter = event_log.EVERY_EVENT) -> list[tuple[UUID, int]]:
        found, _ = read(store.functions, reach, start, 100, only)
        return sorted((event.position.session_id, event.position.seq) for event in found)

    everything = [(one.id, 1), (one.id, 2), (one.id, 3), (other.id, 1)]
    assert shown(reach) == everything
    assert shown(reach, EventFilter(types=[EventType.SESSION_QR])) == [(one.id, 2)]
    assert shown(reach, EventFilter(session_ids=[other.id])) == [(other.id, 1)]
    assert shown(Reach(reach.user_profile_id, frozenset({other.id}))) == [(other.id, 1)]
    assert shown(Reach(new_id())) == []
    assert set(shown(EVERYTHING)) >= set(everything)


def test_a_filter_that_nothing_passes_still_moves_on(store: Store, make_session: MakeSession) -> None:
    session, start = make_session(), now(store)
    with store.functions.transaction() as connection:
        emit(connection, session)
    only = EventFilter(types=[EventType.MESSAGE_LOST])
    found, position = read(store.functions, Reach(session.user_profile_id), start, 100, only)
    assert (found, position > start) == ([], True)
    assert read(store.functions, Reach(session.user_profile_id), position)[0] == []


def test_events_of_a_deleted_session_are_read_without_their_messages(store: Store, make_session: MakeSession) -> None:
    session, start = make_session(), now(store)
    with store.functions.transaction() as connection:
        emit(connection, session, EventType.MESSAGE_QUEUED, id=str(new_id()))
        sessions.delete(connection, EVERYTHING, session.id)
    [event], _ = read(store.functions, Reach(session.user_profile_id), start)
    assert (event.is_active, event.message_id) == (False, None)


def test_a_cursor_is_refused_once_events_behind_it_were_deleted(
    store: Store, make_session: MakeSession, admin: Connection
) -> None:
    session, start = make_session(), now(store)
    reach = Reach(session.user_profile_id)
    with store.functions.transaction() as connection:
        emit(connection, session)
    [event], behind = read(store.functions, reach, start)
    admin.execute("UPDATE gateway.events SET created_at = now() - interval '40 days'")
    assert retention.delete_old_events(admin, 30, 10_000) > 0
    assert retention.delete_old_events(admin, 30, 10_000) == 0
    for position in (start, event.position):
        with pytest.raises(CursorExpired):
            read(store.functions, reach, position)
    assert read(store.functions, reach, EARLIEST)[0] == read(store.functions, reach, behind)[0] == []


def test_a_cursor_of_another_database_is_refused(store: Store) -> None:
    with pytest.raises(CursorExpired):
        read(store.functions, EVERYTHING, Position(now(store).xid + 1_000_000))


def test_a_restored_dump_is_read_and_goes_on(
    module_database: DatabaseUrls, store: Store, make_session: MakeSession, admin: Connection
) -> None:
    session = make_session()
    reach = Reach(session.user_profile_id)
    with store.functions.transaction() as connection:
        emit(connection, session)
    far = str(now(store).xid + 1_000_000)
    admin.execute("UPDATE gateway.events SET xid = %s::text::xid8 WHERE session_id = %s", [far, session.id])
    admin.execute("UPDATE gateway.whatsapp_sessions SET event_xid = %s::text::xid8 WHERE id = %s", [far, session.id])
    assert read(store.functions, reach, EARLIEST)[0] == []
    migrate(module_database.admin)
    with store.functions.transaction() as connection:
        emit(connection, session)
    assert numbers(read(store.functions, reach, EARLIEST)[0]) == [1, 2]


@pytest.mark.parametrize("cursor", ["", "x", "é", "A" * 44, "latest", "=" * 43, "A" * 400])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        Position.parse(cursor)


def test_cursors_are_positions() -> None:
    positions = [Position(1), Position(1, UUID(int=1), 2), Position(2**64 - 1, UUID(int=2**128 - 1), 2**63 - 1)]
    assert [Position.parse(str(position)) for position in positions] == sorted(positions)
