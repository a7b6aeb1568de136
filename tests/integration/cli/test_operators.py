"""API keys as operators make them: in the terminal, and through the migrate function."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from functions.migrate import operations
from gateway.cli import app
from gateway.settings import MigrateSettings
from gateway.store.ids import new_id
from infra.local.database import DatabaseUrls


@pytest.fixture(autouse=True)
def operator(module_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", module_database.admin)


def _keys(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["keys", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_keys_in_the_terminal() -> None:
    owner = str(new_id())
    made = json.loads(_keys("create", "--user", owner, "--name", "the app", "--json"))
    assert (made["userProfileId"], made["name"]) == (owner, "the app")
    assert made["key"].startswith("wag_")
    shown = _keys("create")
    assert "cannot be shown again" in shown
    _keys("revoke", made["id"])
    (listed,) = [key for key in json.loads(_keys("list", "--json")) if key["id"] == made["id"]]
    assert listed["revokedAt"]
    assert made["key"] not in _keys("list")


def test_messages_are_read_again_on_demand() -> None:
    result = CliRunner().invoke(app, ["messages", "reread"])
    assert (result.exit_code, result.stdout) == (0, "0 messages are read again by the owners of their sessions\n")


def test_keys_through_the_migrate_function() -> None:
    settings = MigrateSettings()
    made = operations.perform(settings, "createKey", {"name": "the app"})
    assert set(made) == {"id", "userProfileId", "name", "key"}
    operations.perform(settings, "revokeKey", {"id": made["id"]})
    (listed,) = [key for key in operations.perform(settings, "listKeys", {}) if key["id"] == made["id"]]
    assert (listed["name"], "revoked_at" in listed) == ("the app", True)
