"""`gateway webhooks`."""

from __future__ import annotations

import json
from collections.abc import Callable

from gateway.client import Session
from tests.owner import Owner
from tests.terminal import Terminal

ADDRESS = "https://app.example.com/hook"


def test_a_webhook_from_its_making_to_its_end(
    terminal: Terminal, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    owner.receive(session.id, "+4915112345678", "before")
    made = terminal("webhooks", "create", ADDRESS, "--types", "message.received", "--description", "a \x1b[2J bell")
    id, secret = made.stdout.splitlines()
    assert secret.startswith("whsec_")
    [line] = terminal("webhooks", "list").stdout.splitlines()
    assert line.startswith(f"{id}  active  {ADDRESS}  a ")
    assert "\x1b" not in line

    tested = json.loads(terminal("webhooks", "test", id, "--json").stdout)
    assert tested["type"] == "webhook.test"
    assert terminal("webhooks", "replay", id, "--after", "earliest").stdout == "1 events are sent once more.\n"
    listed = terminal("webhooks", "deliveries", id).stdout.splitlines()
    assert [line.split("  ")[2] for line in listed] == ["message.received", "webhook.test"]
    assert terminal("webhooks", "redeliver", id, tested["id"]).stdout.startswith(tested["id"])

    assert terminal("webhooks", "delete", id).returncode == 0
    assert terminal("webhooks", "list", "--json").stdout == ""
    assert terminal("webhooks", "test", id).returncode == 1


def test_what_is_refused_is_said(terminal: Terminal) -> None:
    refused = terminal("webhooks", "create", "ftp://x")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr


def test_nothing_is_told_from_what_went_wrong(terminal: Terminal, make_connected: Callable[[], Session]) -> None:
    make_connected()
    assert terminal("webhooks", "list").stderr == "There is no webhook yet.\n"
    assert terminal("contacts", "list").stderr == "There is no contact yet.\n"
    assert terminal("contacts", "list", "Zoe").stderr == "There is no such contact.\n"
