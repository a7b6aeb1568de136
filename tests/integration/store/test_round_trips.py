"""What the pool itself costs, and what it does about connections that died."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg.rows import DictRow

from gateway.store.database import Connection, Database
from infra.local.database import DatabaseUrls
from tests.round_trips import Asked, CountingProxy


@pytest.fixture
def proxy(database: DatabaseUrls) -> Iterator[CountingProxy]:
    with CountingProxy(database.functions) as proxy:
        yield proxy


@pytest.fixture(params=[False, True], ids=["pooled", "direct"])
def counted(request: pytest.FixtureRequest, proxy: CountingProxy) -> Iterator[Database]:
    database = Database(proxy.dsn, pool_size=1, direct=request.param)
    # As often as it takes to prepare the statement.
    for _ in range(4):
        database.ask(_one)
    yield database
    database.close()


def _one(connection: Connection) -> object:
    return connection.execute("SELECT %s::int AS one", [1]).fetchone()


def _cost(proxy: CountingProxy, work: Callable[[], object]) -> Asked:
    """Return what it asks, of several times the cheapest: a busy machine may send a pipeline in two parts."""
    costs = []
    for _ in range(4):
        before = proxy.asked
        work()
        costs.append(proxy.asked - before)
    return min(costs, key=lambda cost: (cost.round_trips, cost.statements))


def test_begin_goes_with_the_first_statement_and_commit_with_the_last(counted: Database, proxy: CountingProxy) -> None:
    def work() -> None:
        with counted.transaction() as connection:
            assert _one(connection) == {"one": 1}
            connection.execute("CREATE TEMPORARY TABLE written ON COMMIT DROP AS SELECT 1")
            connection.execute("SELECT pg_notify('nobody', '')")

    assert _cost(proxy, work) == Asked(2, 5)


def test_one_statement_is_one_round_trip(counted: Database, proxy: CountingProxy) -> None:
    assert _cost(proxy, lambda: counted.ask(_one)) == Asked(1, 1)


def _three(connection: Connection) -> list[psycopg.Cursor[DictRow]]:
    return [connection.execute("SELECT %s::int AS one", [number]) for number in range(3)]


def test_statements_without_answers_between_them_are_one_round_trip(counted: Database, proxy: CountingProxy) -> None:
    def work() -> None:
        cursors = counted.at_once(_three)
        assert [cursor.fetchone() for cursor in cursors] == [{"one": number} for number in range(3)]

    assert _cost(proxy, work) == Asked(1, 3)


def test_statements_of_one_round_trip_have_their_effect_together_or_not(counted: Database) -> None:
    def execute(connection: Connection) -> object:
        connection.execute("SELECT set_config('application_name', 'changed', false)")
        connection.execute("SELECT 1/0")
        return connection.execute("SELECT set_config('application_name', 'changed again', false)")

    before = counted.ask(_application)
    with pytest.raises(psycopg.errors.DivisionByZero):
        counted.at_once(execute)
    assert counted.ask(_application) == before


def _application(connection: Connection) -> object:
    return connection.execute("SELECT current_setting('application_name') AS name").fetchone()


def test_the_number_of_rows_is_known_in_a_transaction(counted: Database) -> None:
    with counted.transaction() as connection:
        assert connection.execute("SELECT generate_series(1, 3)").rowcount == 3


def test_an_error_at_the_end_of_a_transaction_is_raised(counted: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), counted.transaction() as connection:
        connection.execute("SELECT 1/0")
    assert counted.ask(_one) == {"one": 1}


def test_a_transaction_that_raises_is_rolled_back(counted: Database) -> None:
    with pytest.raises(KeyError), counted.transaction() as connection:
        connection.execute("CREATE TEMPORARY TABLE undone AS SELECT 1")
        raise KeyError
    assert counted.ask(lambda c: c.execute("SELECT to_regclass('undone') AS undone").fetchone()) == {"undone": None}


def _terminate(database: DatabaseUrls) -> None:
    """End every connection of the functions' role, and wait until the server has."""
    others = "FROM pg_stat_activity WHERE usename = 'gateway_functions' AND datname = current_database()"
    with psycopg.connect(database.admin, autocommit=True) as admin:
        admin.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}")


def test_a_connection_that_the_server_closed_is_not_used_again(counted: Database, database: DatabaseUrls) -> None:
    _terminate(database)
    with counted.transaction() as connection:
        assert _one(connection) == {"one": 1}


def test_work_whose_connection_breaks_before_commit_is_done_once_more(
    counted: Database, database: DatabaseUrls
) -> None:
    attempts = 0

    def work(connection: Connection) -> object:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            _terminate(database)
        return _one(connection)

    assert counted.run(work) == {"one": 1}
    assert attempts == 2
    attempts = 0
    assert counted.ask(work) == {"one": 1}


def test_what_may_have_been_committed_is_not_repeated(counted: Database, database: DatabaseUrls) -> None:
    attempts = 0

    def work(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        _one(connection)
        _terminate(database)

    with pytest.raises(psycopg.OperationalError):
        counted.run(work)
    assert attempts == 1


def test_a_transaction_that_does_not_go_on_is_ended_by_the_server(counted: Database) -> None:
    def linger(connection: Connection) -> object:
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
        assert _one(connection) == {"one": 1}
        time.sleep(1)
        return _one(connection)

    with pytest.raises(psycopg.OperationalError), counted.transaction() as connection:
        linger(connection)
