"""`?state=failed` listed every message, and an app sent all of them again."""

from __future__ import annotations

from tests.integration.api.conftest import api, module_api, owner, parts
from tests.integration.api.server import Api, Owner

__all__ = ["api", "module_api", "owner", "parts"]


def test_a_filter_that_does_not_exist_is_named(api: Api, owner: Owner) -> None:
    owner.receive("hello")
    answer = api.get(f"{owner.path}/messages", state="failed")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert [error["field"] for error in answer.json()["errors"]] == ["state"]
    assert "status" in answer.json()["detail"]
    assert api.get(f"{owner.path}/messages", status="failed").json()["messages"] == []
