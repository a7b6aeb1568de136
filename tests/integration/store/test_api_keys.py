from __future__ import annotations

from functools import partial
from uuid import UUID

import psycopg
import pytest

from gateway.domain.errors import NotFound, RateLimited, Unauthenticated
from gateway.store import api_keys, numbers
from gateway.store.database import Database
from gateway.store.ids import new_id
from gateway.store.maintenance.key_management import issue_key
from gateway.store.numbers import Number
from gateway.store.schema import DEFAULT_USER_PROFILES
from infra.local.database import DatabaseUrls
from tests.integration.store.conftest import Store


def test_a_key_works_until_it_is_revoked(module_database: DatabaseUrls, store: Store, user: UUID) -> None:
    admin = Database(module_database.admin)
    with admin.transaction() as connection:
        key, text = api_keys.create(connection, user, "app")
    with store.functions.transaction() as connection:
        assert api_keys.authenticate(connection, text).user_profile_id == user
    with admin.transaction() as connection:
        stored = connection.execute("SELECT * FROM gateway.api_keys WHERE id = %s", [key.id]).fetchone()
        assert text not in str(stored)
        api_keys.revoke(connection, key.id)
        with pytest.raises(NotFound):
            api_keys.revoke(connection, new_id())
    admin.close()
    with store.functions.transaction() as connection, pytest.raises(Unauthenticated):
        api_keys.authenticate(connection, text)


def test_a_key_is_issued_with_the_user_profile_it_belongs_to(module_database: DatabaseUrls, store: Store) -> None:
    admin = Database(module_database.admin)
    with admin.transaction() as connection:
        issued = issue_key(connection, None, "app", DEFAULT_USER_PROFILES)
        again = issue_key(connection, issued.row.user_profile_id, "second", DEFAULT_USER_PROFILES)
        listed = api_keys.list_all(connection, issued.row.user_profile_id)
    admin.close()
    assert listed == [again.row, issued.row]
    assert issued.document == {
        "id": str(issued.row.id),
        "userProfileId": str(issued.row.user_profile_id),
        "name": "app",
        "key": issued.text,
    }
    with store.functions.transaction() as connection:
        assert api_keys.authenticate(connection, again.text).id == again.row.id


@pytest.mark.parametrize("text", ["", "wag__", "wag_x_00000000", "Bearer", "wag_é_1", "wag_" + "a" * 32 + "_00000000"])
def test_what_is_no_key_is_refused(store: Store, text: str) -> None:
    with store.functions.transaction() as connection, pytest.raises(Unauthenticated):
        api_keys.authenticate(connection, text)


def test_a_minutes_worth_may_come_at_once_and_no_more(module_database: DatabaseUrls, store: Store, user: UUID) -> None:
    admin = Database(module_database.admin)
    _, text = admin.run(partial(api_keys.create, user_profile_id=user, name="app"))
    admitted = [store.functions.ask(partial(api_keys.admit, text=text, per_minute=3)) for _ in range(4)]
    assert [allowance.remaining for _, allowance in admitted] == [2, 1, 0, 0]
    for _, allowance in admitted[:3]:
        allowance.require()
    with pytest.raises(RateLimited) as refused:
        admitted[3][1].require()
    assert 15 < refused.value.retry_after <= 20
    [key] = admin.run(partial(api_keys.list_all, user_profile_id=user))
    assert key.last_used_at is not None
    admin.close()


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
        "INSERT INTO gateway.api_keys (id, user_profile_id, name, prefix, secret_hash) VALUES (null,null,'','','')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), store.functions.transaction() as connection:
            connection.execute(forbidden)
