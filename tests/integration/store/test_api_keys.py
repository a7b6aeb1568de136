from __future__ import annotations

from functools import partial
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from gateway.domain.access import EVERYTHING, Reach, Rights, Scope
from gateway.domain.errors import NotFound, RateLimited, Unauthenticated
from gateway.domain.times import iso
from gateway.store import api_keys, numbers
from gateway.store.database import Database
from gateway.store.ids import new_id
from gateway.store.maintenance.key_management import issue_key
from gateway.store.numbers import Number
from gateway.store.schema import DEFAULT_USER_PROFILES
from infra.local.database import DatabaseUrls
from tests.integration.store.conftest import Store


def test_a_key_works_until_it_is_revoked(store: Store, user: UUID) -> None:
    rights = Rights(frozenset({Scope.READ}), Reach(user))
    with store.functions.transaction() as connection:
        key, text = api_keys.create(connection, rights, "app")
    with store.functions.transaction() as connection:
        assert api_keys.authenticate(connection, text).rights == rights
    with store.functions.transaction() as connection:
        stored = connection.execute("SELECT * FROM gateway.api_keys WHERE id = %s", [key.id]).fetchone()
        assert text not in str(stored)
        for reach, key_id in ((EVERYTHING, new_id()), (Reach(new_id()), key.id)):
            with pytest.raises(NotFound):
                api_keys.revoke(connection, reach, key_id)
        api_keys.revoke(connection, Reach(user), key.id)
    with store.functions.transaction() as connection, pytest.raises(Unauthenticated):
        api_keys.authenticate(connection, text)


def test_operators_make_app_keys_and_user_keys(module_database: DatabaseUrls, store: Store) -> None:
    user, session = new_id(), new_id()
    with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
        app = issue_key(connection, None, "app", DEFAULT_USER_PROFILES)
        own = issue_key(connection, user, "own", DEFAULT_USER_PROFILES)
        limited = issue_key(
            connection, user, "limited", DEFAULT_USER_PROFILES, scopes=[Scope.READ], session_ids=[session]
        )
        assert api_keys.page(connection, EVERYTHING, user_profile_id=user) == [limited.row, own.row]
        assert app.row in api_keys.page(connection, EVERYTHING)
        assert api_keys.page(connection, Reach(user)) == [limited.row, own.row]
        assert api_keys.page(connection, Reach(user, frozenset({session}))) == [limited.row]
    assert app.row.rights == Rights(frozenset(Scope), EVERYTHING)
    assert own.row.scopes == ["read", "send", "manage"]
    assert limited.document == {
        "id": str(limited.row.id),
        "userProfileId": str(user),
        "name": "limited",
        "prefix": limited.text[:12],
        "scopes": ["read"],
        "sessionIds": [str(session)],
        "createdAt": iso(limited.row.created_at),
        "lastUsedAt": None,
        "expiresAt": None,
        "revokedAt": None,
        "key": limited.text,
    }
    with store.functions.transaction() as connection:
        assert api_keys.authenticate(connection, app.text).id == app.row.id


def test_a_key_of_the_release_before_can_do_what_it_could(module_database: DatabaseUrls, user: UUID) -> None:
    with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
        connection.execute(
            "INSERT INTO gateway.api_keys (id, user_profile_id, name, prefix, secret_hash)"
            " VALUES (%s, %s, 'old', 'wag_old', %s)",
            [new_id(), user, user.bytes],
        )
        [old] = api_keys.page(connection, Reach(user))
    assert old.rights == Rights(frozenset({Scope.READ, Scope.SEND, Scope.MANAGE}), Reach(user))


@pytest.mark.parametrize("text", ["", "wag__", "wag_x_00000000", "Bearer", "wag_é_1", "wag_" + "a" * 32 + "_00000000"])
def test_what_is_no_key_is_refused(store: Store, text: str) -> None:
    with store.functions.transaction() as connection, pytest.raises(Unauthenticated):
        api_keys.authenticate(connection, text)


def test_a_minutes_worth_may_come_at_once_and_no_more(module_database: DatabaseUrls, store: Store, user: UUID) -> None:
    admin = Database(module_database.admin)
    _, text = admin.run(partial(api_keys.create, rights=Rights(frozenset({Scope.READ}), Reach(user)), name="app"))
    admit = partial(api_keys.admit, presented=text, per_minute=3, kind="api_key")
    admitted = [store.functions.ask(admit) for _ in range(4)]
    assert [allowance.remaining for _, allowance in admitted] == [2, 1, 0, 0]
    for _, allowance in admitted[:3]:
        allowance.require()
    with pytest.raises(RateLimited) as refused:
        admitted[3][1].require()
    assert 15 < refused.value.retry_after <= 20
    [key] = admin.run(partial(api_keys.page, reach=Reach(user)))
    assert key.last_used_at is not None
    admin.close()


def test_a_clock_that_was_put_back_refuses_nothing(store: Store, user: UUID) -> None:
    with store.functions.transaction() as connection:
        key, text = api_keys.create(connection, Rights(frozenset({Scope.READ}), Reach(user)), "app")
    admit = partial(api_keys.admit, presented=text, per_minute=3, kind="api_key")
    store.functions.ask(admit)
    with store.functions.transaction() as connection:
        moved = "UPDATE gateway.rate_limits SET arrival_at = arrival_at + interval '5 minutes' WHERE key LIKE %s"
        assert connection.execute(moved, [f"%{key.id}%"]).rowcount == 1
    admitted = [store.functions.ask(admit)[1] for _ in range(4)]
    assert [allowance.refused for allowance in admitted] == [False, False, False, True]


def test_what_is_known_of_numbers_expires(store: Store) -> None:
    registered, unknown = Number("+15550009001", True, "9@lid"), Number("+15550009002", False, None)
    with store.connector.transaction() as connection:
        for number in (registered, unknown):
            numbers.remember(connection, number)
        assert numbers.look_up(connection, registered.phone_number) == registered
        connection.execute("UPDATE gateway.numbers SET checked_at = now() - interval '1 hour'")
        assert numbers.look_up(connection, registered.phone_number) == registered
        assert numbers.look_up(connection, unknown.phone_number) is None


@pytest.mark.parametrize(
    "later", [("8@lid", None), (None, None), (None, "+15550009008")], ids=["another", "no LID", "another number"]
)
def test_what_whatsapp_says_of_a_number_replaces_what_it_said(
    store: Store, later: tuple[str | None, str | None]
) -> None:
    with store.connector.transaction() as connection:
        for number in (Number("+15550009003", True, "9@lid"), Number("+15550009003", True, *later)):
            numbers.remember(connection, number)
            assert numbers.look_up(connection, number.phone_number) == number
        numbers.forget(connection, "+15550009003")
        assert numbers.look_up(connection, "+15550009003") is None


def test_the_apis_role_reaches_no_credentials(store: Store) -> None:
    for forbidden in (
        "SELECT * FROM gateway.inbox",
        "UPDATE gateway.shard_leases SET owner = 'x'",
        "DELETE FROM gateway.whatsapp_explorer_messages",
        "CREATE TABLE whatsmeow.x (id int)",
        "DELETE FROM gateway.api_keys",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), store.functions.transaction() as connection:
            connection.execute(forbidden)
