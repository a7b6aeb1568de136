"""The commands for users on the real API."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from gateway.client import Gateway, Session
from infra.local.ports import free_port
from tests.owner import NUMBER, Owner
from tests.people import Api
from tests.terminal import Terminal, read_drawn_qr, read_until

TENANT = "+447700900102"


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
    assert terminal.run("send", TENANT, "From the terminal").stdout.startswith("sent  3EB0")
    sent = terminal.run("send", TENANT, "-", "--json", "--session", "office", stdin="Two\nlines\n")
    assert json.loads(sent.stdout)["status"] == "sent"
    assert [message.content for message in session.messages()] == ["Two\nlines", "From the terminal"]
    assert terminal.run("send", TENANT, "From a script", "--automated").returncode == 0
    assert [message.automated for message in session.messages()] == [True, False, False]


def test_each_kind_is_sent(terminal: Terminal, make_connected: Callable[[], Session]) -> None:
    session = make_connected()
    for arguments in (
        ("--location", "-33.86,151.21", "--name", "The flat", "--address", "Elm Street 5"),
        ("--contact", "Mara: the plumber:+4915112345678,+447700900103", "--contact", "Tom:+447700900104"),
        ("--poll", "When?", "--option", "Tue", "--option", "Fri", "--multiple"),
        ("https://127.0.0.1/flat", "--no-link-preview"),
    ):
        sent = terminal("send", TENANT, *arguments)
        assert sent.stdout.startswith("sent  3EB0"), sent.stderr
    text, poll, cards, place = session.messages()
    assert place.location == {
        "latitude": -33.86, "longitude": 151.21, "name": "The flat", "address": "Elm Street 5"
    }  # fmt: skip
    assert cards.content == "Mara: the plumber, Tom"
    assert (poll.content, text.content) == ("When?", "https://127.0.0.1/flat")


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
    assert "`gateway link`" in terminal("sessions").stderr
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
    assert "no such session" in terminal("sessions", "--status", "logged_out").stderr


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


def test_a_session_is_found_by_its_number_and_by_the_id_that_is_listed(
    terminal: Terminal, make_connected: Callable[[], Session], gateway: Gateway
) -> None:
    make_connected()
    gateway.create_session("front desk")
    short = terminal("sessions").stdout.splitlines()[-1].split()[0]
    for name in (NUMBER, short):
        sent = terminal("send", TENANT, "x", "--session", name)
        assert sent.returncode == 0, (name, sent.stderr)
    missing = terminal("send", TENANT, "x", "--session", "ключ")
    assert (missing.returncode, "There is no session ключ" in missing.stderr) == (2, True)


def test_ten_candidates_are_named_at_most(
    terminal: Terminal, make_connected: Callable[[], Session], gateway: Gateway
) -> None:
    make_connected()
    for number in range(14):
        gateway.create_session(f"tenant {number}")
    said = terminal("send", TENANT, "x").stderr.splitlines()
    assert len(said) == 12
    assert "office" in said[1]
    assert said[-1] == "… and 5 more: `gateway sessions` lists all."


def test_a_session_is_renamed_and_disconnected(terminal: Terminal, make_connected: Callable[[], Session]) -> None:
    session = make_connected()
    assert terminal("rename", "office", "front \x1b[2Jdesk").returncode == 1
    assert terminal("rename", "office", "front desk").stdout == "office is called front desk now.\n"
    assert "stays linked" in terminal("disconnect", "front desk").stdout
    reached(session, "disconnected")


def test_a_session_is_logged_out_and_deleted(
    terminal: Terminal, make_connected: Callable[[], Session], gateway: Gateway
) -> None:
    session = make_connected()
    gateway.create_session("front desk")
    assert "logged out" in terminal("logout", "office").stdout
    reached(session, "logged_out")
    refused = terminal("delete", "office")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert terminal("delete", "office", "--yes").stdout == "office is deleted.\n"
    assert [left.info.session_name for left in gateway.sessions()] == ["front desk"]


def reached(session: Session, state: str) -> None:
    next(status for status in session.status_changes(interval=0.05) if status.status == state)


@pytest.mark.parametrize(("answer", "left"), [("n", 1), ("y", 0)])
def test_delete_asks(
    terminal: Terminal, make_connected: Callable[[], Session], gateway: Gateway, answer: str, left: int
) -> None:
    make_connected()
    asked = terminal.asked("delete", answer=answer)
    assert f"Delete office with all its messages and unlink {NUMBER}?" in asked
    assert len(list(gateway.sessions())) == left


def test_chats_are_listed(terminal: Terminal, make_connected: Callable[[], Session], owner: Owner) -> None:
    session = make_connected()
    empty = terminal("chats")
    assert (empty.stdout, empty.stderr) == ("", "There is no chat yet.\n")
    owner.receive(session.id, TENANT, "The tap\ndrips.\x1b[2J", "[red]Tenant")
    terminal("send", "+447700900103", "Tuesday?")
    shown = terminal("chats").stdout
    assert "[red]Tenant" in shown
    assert "The tap drips." in shown
    assert "me: Tuesday?" in shown
    assert "\x1b" not in shown
    unread = [json.loads(line) for line in terminal("chats", "--unread", "--json").stdout.splitlines()]
    assert [chat["phoneNumber"] for chat in unread] == [TENANT]
    assert "There are more" in terminal("chats", "-n", "1").stdout
    assert "no such chat" in terminal("chats", "--search", "nobody").stderr


def test_it_tells_its_version(terminal: Terminal) -> None:
    assert terminal.run("--version").stdout == f"gateway {version('whatsapp-gateway')}\n"


def test_the_code_is_kept_in_a_file(terminal: Terminal, gateway: Gateway, owner: Owner, tmp_path: Path) -> None:
    with terminal.started("link", "office", "--png", "code.png") as (process, output):
        read_until(output, "The QR code is in code.png")
        session = next(gateway.sessions())
        found = zxingcpp.read_barcode(Image.open(tmp_path / "code.png"))
        assert found
        assert found.text == session.status().qr_text
        owner.scan(session.id)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_beside_make_up_commands_find_all_of_it(terminal: Terminal, api: Api, key: str, tmp_path: Path) -> None:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "api-key").write_text(key)
    addresses = {"GATEWAY_API_URL": api.url, "GATEWAY_DATABASE_URL": api.database.admin}
    (tmp_path / ".local" / "gateway.env").write_text("".join(f"{name}={value}\n" for name, value in addresses.items()))
    del terminal.environment["GATEWAY_API_KEY"], terminal.environment["GATEWAY_API_URL"]
    made = json.loads(terminal("keys", "create", "--name", "the app", "--json").stdout)
    assert made["id"] in terminal("keys", "list").stdout
    assert terminal("keys", "revoke", made["id"]).stdout == "revoked\n"
    assert terminal.run("sessions").returncode == 0
    assert "Every migration is applied." in terminal.run("doctor").stdout
    terminal.environment["GATEWAY_API_URL"] = "https://elsewhere.example"
    elsewhere = terminal("keys", "create")
    assert (elsewhere.returncode, "GATEWAY_DATABASE_URL" in elsewhere.stderr) == (2, True)


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
    refused = terminal.run("send", "+4", "x")
    assert refused.returncode == 1
    assert "phone number" in refused.stderr
    assert "Traceback" not in refused.stderr
