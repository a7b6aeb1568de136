"""`gateway doctor` on the real API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psycopg

from gateway.client import Session
from infra.local.ports import free_port
from tests.people import Api
from tests.terminal import Terminal


def findings(terminal: Terminal, *arguments: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in terminal("doctor", "--json", *arguments).stdout.splitlines()]


def test_doctor_says_what_to_do(
    terminal: Terminal, api: Api, make_connected: Callable[[], Session], tmp_path: Path
) -> None:
    session = make_connected()
    nowhere = ("--connector-url", f"http://127.0.0.1:{free_port()}/health")
    found = findings(terminal, *nowhere)
    states = {(finding["part"], finding["state"]) for finding in found}
    assert {("API", "ok"), ("database", "ok"), ("queues", "ok"), ("API key", "ok")} <= states
    assert {("connector", "failed"), ("database", "skipped"), ("session office", "ok")} <= states
    assert all(finding["advice"] for finding in found if finding["state"] != "ok")
    assert terminal("doctor", *nowhere).returncode == 1

    terminal.environment["GATEWAY_DATABASE_URL"] = api.database.admin
    texts = [finding["text"] for finding in findings(terminal, *nowhere)]
    assert "Every migration is applied." in texts
    with psycopg.connect(api.database.admin) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS whatsmeow.whatsmeow_device (jid text)")
    try:
        lost = {(f["part"], f["state"]) for f in findings(terminal, *nowhere) if "credentials" in f["text"]}
        assert (f"session {session.info.session_name}", "failed") in lost
    finally:
        with psycopg.connect(api.database.admin) as connection:
            connection.execute("DROP TABLE whatsmeow.whatsmeow_device")

    terminal.environment["GATEWAY_DATABASE_URL"] = f"postgresql://u:secret@127.0.0.1:{free_port()}/x"
    away = terminal("doctor", *nowhere)
    assert "GATEWAY_DATABASE_URL right?" in away.stdout
    assert "secret" not in away.stdout + away.stderr


def test_doctor_warns_of_a_key_that_others_can_read(terminal: Terminal, key: str, tmp_path: Path) -> None:
    file = tmp_path / ".local" / "api-key"
    file.parent.mkdir()
    file.write_text(key)
    file.chmod(0o644)
    del terminal.environment["GATEWAY_API_KEY"]
    warning = next(finding for finding in findings(terminal) if finding["state"] == "warning")
    assert warning["advice"] == "chmod 600 .local/api-key"
    file.chmod(0o600)
    assert terminal("sessions").returncode == 0
