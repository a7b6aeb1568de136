"""The commands for users, as processes on the real API."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from gateway.client import Gateway, Session
from infra.local.ports import free_port
from tests.owner import NUMBER, Owner
from tests.people import Api
from tests.terminal import Terminal, read_drawn_qr, read_until

TENANT = "+447700900102"


@pytest.fixture
def key(api: Api) -> str:
    return api.key()


@pytest.fixture
def gateway(api: Api, key: str) -> Iterator[Gateway]:
    with Gateway(api.url, key) as gateway:
        yield gateway


@pytest.fixture
def terminal(api: Api, key: str, tmp_path: Path) -> Terminal:
    return Terminal(api.url, key, tmp_path)


def test_a_number_is_linked_by_the_code_in_the_terminal(terminal: Terminal, gateway: Gateway, owner: Owner) -> None:
    with terminal.started("link", "office") as (process, output):
        drawn = read_drawn_qr(read_until(output, "Scan it"))
        session = next(gateway.sessions())
        assert session.info.session_name == "office"
        assert drawn == session.status().qr_text
        owner.scan(session.id)
        rest, _ = process.communicate(timeout=20)
    assert f"✓ office is connected as {NUMBER}." in rest
    assert process.returncode == 0


def test_scripts_follow_the_linking_in_json(terminal: Terminal, gateway: Gateway, owner: Owner) -> None:
    states = []
    with terminal.started("link", "--json") as (process, output):
        for line in output:
            status = json.loads(line)
            states.append(status["status"])
            if status["status"] == "qr_pending":
                assert status["qrText"]
                owner.scan(next(gateway.sessions()).id)
        assert process.wait(20) == 0
    assert states[-2:] == ["qr_pending", "connected"]


@pytest.mark.slow
def test_linking_ends_when_nobody_scans(terminal: Terminal) -> None:
    ended = terminal("link", "--timeout", "1.5")
    assert ended.returncode == 5
    assert "The session is still" in ended.stderr


def test_a_message_is_sent(terminal: Terminal, make_connected: Callable[[], Session]) -> None:
    session = make_connected()
    assert terminal("send", TENANT, "From the terminal").stdout.startswith("sent  3EB0")
    sent = terminal("send", TENANT, "-", "--json", "--session", "office", stdin="Two\nlines\n")
    assert json.loads(sent.stdout)["status"] == "sent"
    assert [message.content for message in session.messages()] == ["Two\nlines", "From the terminal"]
    assert terminal("send", TENANT, "From a script", "--automated").returncode == 0
    assert [message.automated for message in session.messages()] == [True, False, False]


def test_messages_appear_as_they_come(terminal: Terminal, make_connected: Callable[[], Session], owner: Owner) -> None:
    session = make_connected()
    owner.receive(session.id, TENANT, "earlier", "Tenant")
    with terminal.started("tail", "-n", "1", "--count", "2") as (process, output):
        assert output.readline().endswith(f"Tenant ({TENANT}): earlier\n")
        owner.receive(session.id, TENANT, "a \x1b[2J bell\x07", "Ten\x1b]0;x\x07ant")
        owner.receive(session.id, TENANT, "last")
        rest, _ = process.communicate(timeout=20)
    assert "\x1b" not in rest
    assert "\x07" not in rest
    assert [line.rpartition(": ")[2] for line in rest.splitlines()] == ["a �[2J bell�", "last"]
    assert process.returncode == 0


def test_following_ends_with_ctrl_c(terminal: Terminal, make_connected: Callable[[], Session], owner: Owner) -> None:
    session = make_connected()
    owner.receive(session.id, TENANT, "earlier")
    with terminal.started("tail", "--json", "-n", "1") as (process, output):
        assert json.loads(output.readline())["content"] == "earlier"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


def test_sessions_are_listed(terminal: Terminal, make_connected: Callable[[], Session], gateway: Gateway) -> None:
    assert "`gateway link`" in terminal("sessions").stdout
    session = make_connected()
    gateway.create_session("[red]front desk")
    shown = terminal("sessions").stdout
    assert NUMBER in shown
    assert "[red]front desk" in shown
    listed = [json.loads(line) for line in terminal("sessions", "--json").stdout.splitlines()]
    assert [info["sessionName"] for info in listed] == ["[red]front desk", "office"]
    assert listed[1]["id"] == str(session.id)


def test_sessions_are_limited_to_what_is_asked_for(
    terminal: Terminal, make_connected: Callable[[], Session], gateway: Gateway
) -> None:
    make_connected().change(external_id="tenant-1")
    gateway.create_session("front desk")
    for limit in (["--status", "connected"], ["--external-id", "tenant-1"]):
        listed = [json.loads(line) for line in terminal("sessions", "--json", *limit).stdout.splitlines()]
        assert [info["sessionName"] for info in listed] == ["office"]
    assert "no such session" in terminal("sessions", "--status", "logged_out").stdout


@pytest.mark.parametrize("key", ["ключ", "a\nb", "wag_\udcff", "🔑"])
def test_a_key_that_cannot_be_one_is_told_in_a_sentence(terminal: Terminal, key: str) -> None:
    terminal.environment["GATEWAY_API_KEY"] = key
    refused = terminal("sessions")
    assert (refused.returncode, "Traceback" in refused.stderr) == (4, False)
    assert "Traceback" not in terminal("doctor").stderr


def test_odd_arguments_and_files_are_told_in_a_sentence(
    terminal: Terminal, make_connected: Callable[[], Session], tmp_path: Path
) -> None:
    make_connected()
    for arguments in (("\udcff", "x"), (TENANT, "\udcff"), ("ключ", "x")):
        refused = terminal("send", *arguments)
        assert (refused.returncode, "Traceback" in refused.stderr) == (1, False), arguments
    assert terminal("sessions", "--url", "http://[").returncode == 3
    del terminal.environment["GATEWAY_API_KEY"]
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    refused = terminal("sessions", "--key-file", str(tmp_path / "key"))
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)


def test_exit_codes(terminal: Terminal, gateway: Gateway, tmp_path: Path) -> None:
    assert terminal("send", TENANT).returncode == 2
    assert terminal("send", TENANT, "x").returncode == 2
    gateway.create_session("one")
    unlinked = terminal("send", TENANT, "x")
    assert (unlinked.returncode, "`gateway link`" in unlinked.stderr) == (5, True)
    gateway.create_session("two")
    ambiguous = terminal("send", TENANT, "x")
    assert (ambiguous.returncode, "--session" in ambiguous.stderr) == (2, True)
    terminal.environment["GATEWAY_API_KEY"] = "wag_x"
    assert terminal("sessions").returncode == 4
    terminal.environment["GATEWAY_API_URL"] = f"http://127.0.0.1:{free_port()}"
    assert terminal("doctor").returncode == 1
    del terminal.environment["GATEWAY_API_KEY"]
    missing = terminal("sessions")
    assert (missing.returncode, ".local/api-key" in missing.stderr) == (2, True)


def test_refusals_are_printed(terminal: Terminal, make_connected: Callable[[], Session]) -> None:
    make_connected()
    refused = terminal("send", "+4", "x")
    assert refused.returncode == 1
    assert "phone number" in refused.stderr
    assert "Traceback" not in refused.stderr


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
        lost = next(f for f in findings(terminal, *nowhere) if "credentials" in f["text"])
        assert (lost["part"], lost["state"]) == (f"session {session.info.session_name}", "failed")
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
