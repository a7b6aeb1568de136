"""Files that callers of the API give to be sent."""

from __future__ import annotations

from tests.integration.api.server import Api, Owner

TO = "+15550002002"


def test_anothers_file_is_neither_sent_nor_seen(api: Api, owner: Owner) -> None:
    theirs = api.as_user()
    other = theirs.linked_session()
    given = api.request("POST", f"{owner.path}/media", files={"file": ("lease.txt", b"mine")}).json()["id"]
    answer = theirs.post(f"{other.path}/messages", {"to": TO, "type": "document", "media": {"id": given}})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "media.id")
    for path in (f"/media/uploads/{given}", f"/media/{given}", f"/media/{given}/thumbnail"):
        assert [theirs.get(f"{each.path}{path}").status_code for each in (owner, other)] == [404, 404]
