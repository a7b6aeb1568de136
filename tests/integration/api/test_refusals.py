"""What the database refuses for its content is not told as an outage: trying again would not help."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.integration.api.server import Api, Owner

TRIGGER = """
    CREATE FUNCTION gateway.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = substr(NEW.content, 7); END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON gateway.whatsapp_explorer_messages
        FOR EACH ROW WHEN (NEW.content LIKE 'raise %') EXECUTE FUNCTION gateway.refuse()
"""


@pytest.fixture(scope="module")
def refusing(module_api: Api) -> Iterator[None]:
    with psycopg.connect(module_api.parts.urls.admin) as admin:
        admin.execute(TRIGGER)
    yield
    with psycopg.connect(module_api.parts.urls.admin) as admin:
        admin.execute("DROP TRIGGER refuse ON gateway.whatsapp_explorer_messages")


@pytest.mark.usefixtures("refusing")
@pytest.mark.parametrize(
    ("sqlstate", "status", "code"),
    [
        ("54000", 500, "internal_error"),
        ("22001", 500, "internal_error"),
        ("57014", 503, "database_unavailable"),
        ("57P03", 503, "database_unavailable"),
    ],
)
def test_a_refusal_is_told_as_what_it_is(api: Api, owner: Owner, sqlstate: str, status: int, code: str) -> None:
    answer = api.post(f"{owner.path}/messages", {"to": "+15550002002", "text": f"raise {sqlstate}"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("Retry-After" in answer.headers) == (status == 503)
